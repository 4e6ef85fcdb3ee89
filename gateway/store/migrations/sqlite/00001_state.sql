-- +goose Up

-- Signed transactions between "about to be submitted" and "known how it ended".
CREATE TABLE outbox (
    tx_id     TEXT PRIMARY KEY,
    owner     INTEGER NOT NULL, -- the gateway process that looks after it
    channel   TEXT NOT NULL,
    contract  TEXT NOT NULL,
    app       TEXT NOT NULL,
    places    TEXT NOT NULL,    -- JSON: which request of which call each operation is; empty where no call has a key
    created   INTEGER NOT NULL, -- Unix milliseconds, as all times here
    signature BLOB NOT NULL,
    bytes     BLOB NOT NULL  -- last, because it is large: SQLite reads a row from its start
);

-- Calls that are done at most once, by the key that the caller gave them.
CREATE TABLE idempotency (
    app     TEXT NOT NULL,
    key     TEXT NOT NULL,
    digest  TEXT NOT NULL,        -- of the request's body
    call_id TEXT NOT NULL UNIQUE,
    owner   INTEGER NOT NULL,
    status  INTEGER,              -- of the answer; NULL while there is none
    header  TEXT,
    body    BLOB,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (app, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires);

-- What is known of a keyed call's requests until the whole call has its answer.
CREATE TABLE outcomes (
    call_id  TEXT NOT NULL,
    position INTEGER NOT NULL,
    outcome  BLOB NOT NULL,
    PRIMARY KEY (call_id, position)
) WITHOUT ROWID;

-- Calls that are answered later (Prefer: respond-async).
CREATE TABLE jobs (
    id       TEXT PRIMARY KEY,
    app      TEXT NOT NULL,
    owner    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    payload  BLOB,               -- sealed; gone when the job is done
    status   INTEGER,
    header   TEXT,
    body     BLOB,
    created  INTEGER NOT NULL,
    finished INTEGER,
    expires  INTEGER NOT NULL
);
CREATE INDEX jobs_expires ON jobs (expires);

-- +goose Down
DROP TABLE jobs;
DROP TABLE outcomes;
DROP TABLE idempotency;
DROP TABLE outbox;
