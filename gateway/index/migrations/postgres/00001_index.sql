-- +goose Up

-- Numbers that hold a channel in their upper bits (channel << 40) are given out
-- in the order of the blocks: the same blocks give the same numbers again.

-- Each channel, and how far it was read: the checkpoint.
CREATE TABLE channels (
    no        BIGINT PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    number    BIGINT NOT NULL, -- of the last block here; -1 before the first
    hash      BYTEA NOT NULL,    -- of that block
    time      BIGINT NOT NULL, -- latest transaction time so far, Unix milliseconds as all times here
    config_at BIGINT NOT NULL, -- block of the configuration in force
    records   BIGINT NOT NULL, -- numbers given out so far
    versions  BIGINT NOT NULL,
    txs       BIGINT NOT NULL
);

-- Each type of record of each contract of each channel. The empty type is for
-- keys that are no records.
CREATE TABLE kinds (
    no       BIGINT PRIMARY KEY,
    channel  BIGINT NOT NULL,
    contract TEXT NOT NULL,
    type     TEXT NOT NULL,
    fields   TEXT NOT NULL, -- the search fields by which its records are in terms and ordered
    UNIQUE (channel, contract, type)
);

CREATE TABLE blocks (
    channel   BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    hash      BYTEA NOT NULL,
    data_hash BYTEA NOT NULL,
    time      BIGINT NOT NULL, -- latest transaction time in it
    bytes     BIGINT NOT NULL,
    txs       BIGINT NOT NULL,
    valid     BIGINT NOT NULL,
    first_tx  BIGINT NOT NULL,
    PRIMARY KEY (channel, number)
);

CREATE TABLE transactions (
    tx        BIGINT PRIMARY KEY,
    block     BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    id        TEXT NOT NULL,
    type      BIGINT NOT NULL, -- Fabric's HeaderType
    code      BIGINT NOT NULL, -- Fabric's TxValidationCode
    time      BIGINT NOT NULL,
    contract  TEXT NOT NULL,
    function  TEXT NOT NULL,
    creator   TEXT NOT NULL,    -- JSON: msp, name, app, dept
    endorsers TEXT NOT NULL,    -- JSON: the same of each
    operations TEXT NOT NULL,   -- JSON: how often each operation was asked for, and each refusal given
    first     BIGINT NOT NULL, -- of its versions
    writes    BIGINT NOT NULL  -- number of its versions
);
CREATE INDEX transactions_id ON transactions (id);

-- Every version of every key, in the order of the blocks.
CREATE TABLE versions (
    version BIGINT PRIMARY KEY,
    record  BIGINT NOT NULL,
    before  BIGINT NOT NULL, -- the version of the same record before this one; 0 for none
    tx      BIGINT NOT NULL,
    value   BYTEA              -- NULL: deleted
);

-- The latest version of every key.
CREATE TABLE records (
    record  BIGINT PRIMARY KEY,
    kind    BIGINT NOT NULL,
    id      TEXT NOT NULL,
    version BIGINT NOT NULL,
    status  TEXT NOT NULL,    -- empty where the key is deleted or no record
    ends    BIGINT           -- when that status lapses, where it does
);
CREATE UNIQUE INDEX records_id ON records (kind, id);
CREATE UNIQUE INDEX records_version ON records (kind, version);

-- What records are found by: a value of a field, or two neighbouring characters
-- of a text, as 64 bits of a hash. Whoever reads here looks at the record too.
CREATE TABLE terms (
    term   BIGINT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (term, record)
);

-- Numbers and points in time by which records are listed.
CREATE TABLE ordered (
    field  BIGINT NOT NULL, -- kind << 8 + place among the kind's fields
    value  BIGINT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (field, value, record)
);

CREATE TABLE events (
    tx       BIGINT PRIMARY KEY,
    contract TEXT NOT NULL,
    name     TEXT NOT NULL,
    payload  BYTEA NOT NULL
);

-- Records by status, as stored.
CREATE TABLE counts (
    kind   BIGINT NOT NULL,
    status TEXT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (kind, status)
);

-- Operations done, by day (UTC+8) and organisation of the caller.
CREATE TABLE activity (
    kind BIGINT NOT NULL,
    day  TEXT NOT NULL, -- YYYYMMDD
    org  TEXT NOT NULL,
    op   TEXT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (kind, day, org, op)
);

-- Every configuration block, whole.
CREATE TABLE configs (
    channel  BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    block    BYTEA NOT NULL,
    PRIMARY KEY (channel, number)
);

-- Every definition of a contract that was committed.
CREATE TABLE contracts (
    channel  BIGINT NOT NULL,
    name     TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    version  TEXT NOT NULL,
    tx       BIGINT NOT NULL,
    PRIMARY KEY (channel, name, sequence, tx)
);

-- +goose Down
DROP TABLE contracts;
DROP TABLE configs;
DROP TABLE activity;
DROP TABLE counts;
DROP TABLE events;
DROP TABLE ordered;
DROP TABLE terms;
DROP TABLE records;
DROP TABLE versions;
DROP TABLE transactions;
DROP TABLE blocks;
DROP TABLE kinds;
DROP TABLE channels;
