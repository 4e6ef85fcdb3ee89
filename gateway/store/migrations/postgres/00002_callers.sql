-- +goose Up

-- Operations that an application has used of its daily quota. Gateways draw on
-- it in portions.
CREATE TABLE quota (
    app  TEXT NOT NULL,
    day  TEXT NOT NULL, -- YYYYMMDD, UTC+8
    used BIGINT NOT NULL,
    PRIMARY KEY (app, day)
);

-- Nonces of signed requests, each of which is taken once.
CREATE TABLE nonces (
    key_id  TEXT NOT NULL,
    nonce   TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonces_expires ON nonces (expires);

-- Credentials beyond those of the network's hand-over: bearer tokens by their
-- SM3, public keys of signed requests by theirs.
CREATE TABLE credentials (
    id      TEXT PRIMARY KEY, -- SM3, hex, of the token or of the key
    app     TEXT NOT NULL,
    kind    TEXT NOT NULL,    -- token or key
    label   TEXT NOT NULL,
    public  TEXT NOT NULL,    -- the public key, PEM; empty for a token
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT           -- NULL while it is good
);

-- +goose Down
DROP TABLE credentials;
DROP TABLE nonces;
DROP TABLE quota;
