-- +goose Up

-- The secret that a webhook had before its last rotation, and until when events
-- carry its authentication code too (Unix milliseconds).
ALTER TABLE webhooks ADD COLUMN secret_before BLOB; -- sealed; NULL: none
ALTER TABLE webhooks ADD COLUMN secret_until INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE webhooks DROP COLUMN secret_until;
ALTER TABLE webhooks DROP COLUMN secret_before;
