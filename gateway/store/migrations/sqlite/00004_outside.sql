-- +goose Up

-- Transactions that are signed by keys that the gateway does not have: what was
-- handed out to be signed, and by whom.
CREATE TABLE outside (
    tx_id    TEXT PRIMARY KEY,
    app      TEXT NOT NULL,
    channel  TEXT NOT NULL,
    contract TEXT NOT NULL,
    op       TEXT NOT NULL, -- the ledger's operation; empty for a function that was named
    stage    INTEGER NOT NULL, -- 1 the proposal is handed out, 2 the transaction is, 3 it was submitted
    digest   TEXT NOT NULL, -- SHA-256 of the bytes that were handed out last
    expires  INTEGER NOT NULL
);
CREATE INDEX outside_expires ON outside (expires);

-- +goose Down
DROP TABLE outside;
