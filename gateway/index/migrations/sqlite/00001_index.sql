-- +goose Up

-- Numbers that hold a channel in their upper bits (channel << 40) are given out
-- in the order of the blocks: the same blocks give the same numbers again.

-- Each channel, and how far it was read: the checkpoint.
CREATE TABLE channels (
    no        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    number    INTEGER NOT NULL, -- of the last block here; -1 before the first
    hash      BLOB NOT NULL,    -- of that block
    time      INTEGER NOT NULL, -- latest transaction time so far, Unix milliseconds as all times here
    config_at INTEGER NOT NULL, -- block of the configuration in force
    records   INTEGER NOT NULL, -- numbers given out so far
    versions  INTEGER NOT NULL,
    txs       INTEGER NOT NULL
);

-- Each type of record of each contract of each channel. The empty type is for
-- keys that are no records.
CREATE TABLE kinds (
    no       INTEGER PRIMARY KEY,
    channel  INTEGER NOT NULL,
    contract TEXT NOT NULL,
    type     TEXT NOT NULL,
    fields   TEXT NOT NULL, -- the search fields by which its records are in terms and ordered
    UNIQUE (channel, contract, type)
);

CREATE TABLE blocks (
    channel   INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    data_hash BLOB NOT NULL,
    time      INTEGER NOT NULL, -- latest transaction time in it
    bytes     INTEGER NOT NULL,
    txs       INTEGER NOT NULL,
    valid     INTEGER NOT NULL,
    first_tx  INTEGER NOT NULL,
    PRIMARY KEY (channel, number)
) WITHOUT ROWID;

CREATE TABLE transactions (
    tx        INTEGER PRIMARY KEY,
    block     INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    id        TEXT NOT NULL,
    type      INTEGER NOT NULL, -- Fabric's HeaderType
    code      INTEGER NOT NULL, -- Fabric's TxValidationCode
    time      INTEGER NOT NULL,
    contract  TEXT NOT NULL,
    function  TEXT NOT NULL,
    creator   TEXT NOT NULL,    -- JSON: msp, name, app, dept
    endorsers TEXT NOT NULL,    -- JSON: the same of each
    operations TEXT NOT NULL,   -- JSON: how often each operation was asked for, and each refusal given
    first     INTEGER NOT NULL, -- of its versions
    writes    INTEGER NOT NULL  -- number of its versions
);
CREATE INDEX transactions_id ON transactions (id);

-- Every version of every key, in the order of the blocks.
CREATE TABLE versions (
    version INTEGER PRIMARY KEY,
    record  INTEGER NOT NULL,
    before  INTEGER NOT NULL, -- the version of the same record before this one; 0 for none
    tx      INTEGER NOT NULL,
    value   BLOB              -- NULL: deleted
);

-- The latest version of every key.
CREATE TABLE records (
    record  INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    status  TEXT NOT NULL,    -- empty where the key is deleted or no record
    ends    INTEGER           -- when that status lapses, where it does
);
CREATE UNIQUE INDEX records_id ON records (kind, id);
CREATE UNIQUE INDEX records_version ON records (kind, version);

-- What records are found by: a value of a field, or two neighbouring characters
-- of a text, as 64 bits of a hash. Whoever reads here looks at the record too.
CREATE TABLE terms (
    term   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (term, record)
) WITHOUT ROWID;

-- Numbers and points in time by which records are listed.
CREATE TABLE ordered (
    field  INTEGER NOT NULL, -- kind << 8 + place among the kind's fields
    value  INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (field, value, record)
) WITHOUT ROWID;

CREATE TABLE events (
    tx       INTEGER PRIMARY KEY,
    contract TEXT NOT NULL,
    name     TEXT NOT NULL,
    payload  BLOB NOT NULL
);

-- Records by status, as stored.
CREATE TABLE counts (
    kind   INTEGER NOT NULL,
    status TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (kind, status)
) WITHOUT ROWID;

-- Operations done, by day (UTC+8) and organisation of the caller.
CREATE TABLE activity (
    kind INTEGER NOT NULL,
    day  TEXT NOT NULL, -- YYYYMMDD
    org  TEXT NOT NULL,
    op   TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (kind, day, org, op)
) WITHOUT ROWID;

-- Every configuration block, whole.
CREATE TABLE configs (
    channel  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    block    BLOB NOT NULL,
    PRIMARY KEY (channel, number)
);

-- Every definition of a contract that was committed.
CREATE TABLE contracts (
    channel  INTEGER NOT NULL,
    name     TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version  TEXT NOT NULL,
    tx       INTEGER NOT NULL,
    PRIMARY KEY (channel, name, sequence, tx)
) WITHOUT ROWID;

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
