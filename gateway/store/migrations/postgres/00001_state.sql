-- +goose Up

-- Signed transactions between "about to be submitted" and "known how it ended".
CREATE TABLE outbox (
    tx_id     TEXT PRIMARY KEY,
    owner     BIGINT NOT NULL, -- the gateway process that looks after it
    channel   TEXT NOT NULL,
    contract  TEXT NOT NULL,
    app       TEXT NOT NULL,
    places    TEXT NOT NULL,    -- JSON: which request of which call each operation is; empty where no call has a key
    created   BIGINT NOT NULL, -- Unix milliseconds, as all times here
    signature BYTEA NOT NULL,
    bytes     BYTEA NOT NULL  -- last, because it is large: SQLite reads a row from its start
);

-- A transaction lives for a moment only: compressing it would cost more than it saves.
ALTER TABLE outbox ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Calls that are done at most once, by the key that the caller gave them.
CREATE TABLE idempotency (
    app     TEXT NOT NULL,
    key     TEXT NOT NULL,
    digest  TEXT NOT NULL,        -- of the request's body
    call_id TEXT NOT NULL UNIQUE,
    owner   BIGINT NOT NULL,
    status  BIGINT,              -- of the answer; NULL while there is none
    header  TEXT,
    body    BYTEA,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (app, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires);

-- What is known of a keyed call's requests until the whole call has its answer.
CREATE TABLE outcomes (
    call_id  TEXT NOT NULL,
    position BIGINT NOT NULL,
    outcome  BYTEA NOT NULL,
    PRIMARY KEY (call_id, position)
);

-- Calls that are answered later (Prefer: respond-async).
CREATE TABLE jobs (
    id       TEXT PRIMARY KEY,
    app      TEXT NOT NULL,
    owner    BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    payload  BYTEA,               -- sealed; gone when the job is done
    status   BIGINT,
    header   TEXT,
    body     BYTEA,
    created  BIGINT NOT NULL,
    finished BIGINT,
    expires  BIGINT NOT NULL
);
CREATE INDEX jobs_expires ON jobs (expires);

-- Numbers of gateway processes; each holds an advisory lock on its own while it lives.
CREATE SEQUENCE gateway_instance AS INTEGER;

-- +goose Down
DROP SEQUENCE gateway_instance;
DROP TABLE jobs;
DROP TABLE outcomes;
DROP TABLE idempotency;
DROP TABLE outbox;
