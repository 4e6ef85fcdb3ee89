-- +goose Up

-- Subscriptions of business systems to events, each delivered by one gateway.
CREATE TABLE webhooks (
    id          TEXT PRIMARY KEY,
    app         TEXT NOT NULL,
    owner       INTEGER NOT NULL, -- the gateway process that delivers
    revision    INTEGER NOT NULL, -- grows with each change of what is to be delivered
    url         TEXT NOT NULL,
    label       TEXT NOT NULL,
    filter      TEXT NOT NULL,    -- JSON
    secret      BLOB NOT NULL,    -- sealed
    state       TEXT NOT NULL,    -- active or suspended
    reason      TEXT NOT NULL,    -- why the gateway itself suspended it
    failures    INTEGER NOT NULL, -- attempts one after another that found nobody
    next        INTEGER NOT NULL, -- after such, not before then
    delivered   INTEGER NOT NULL,
    last_at     INTEGER NOT NULL, -- the last attempt, what it was answered, and what went wrong
    last_status INTEGER NOT NULL,
    last_error  TEXT NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
);
CREATE INDEX webhooks_app ON webhooks (app);

-- The place up to which each channel's events are delivered, or are among the
-- deliveries below.
CREATE TABLE webhook_places (
    webhook TEXT NOT NULL,
    channel TEXT NOT NULL,
    place   INTEGER NOT NULL,
    PRIMARY KEY (webhook, channel)
) WITHOUT ROWID;

-- Events that were not taken yet, or are given up.
CREATE TABLE webhook_deliveries (
    webhook  TEXT NOT NULL,
    channel  TEXT NOT NULL,
    place    INTEGER NOT NULL,
    record   TEXT NOT NULL,    -- whose later events wait: ledger/type/id
    attempts INTEGER NOT NULL,
    next     INTEGER NOT NULL, -- not before then
    status   INTEGER NOT NULL, -- what the last attempt was answered
    error    TEXT NOT NULL,
    dead     INTEGER,          -- when it was given up; NULL while it is tried
    created  INTEGER NOT NULL,
    PRIMARY KEY (webhook, channel, place)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE webhook_deliveries;
DROP TABLE webhook_places;
DROP TABLE webhooks;
