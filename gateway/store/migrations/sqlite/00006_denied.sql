-- +goose Up

-- Events that a webhook's application might not have when they were due: how many,
-- and what was said of the last one.
ALTER TABLE webhooks ADD COLUMN denied INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN denied_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN denied_code TEXT NOT NULL DEFAULT '';
ALTER TABLE webhooks ADD COLUMN denied_reason TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE webhooks DROP COLUMN denied_reason;
ALTER TABLE webhooks DROP COLUMN denied_code;
ALTER TABLE webhooks DROP COLUMN denied_at;
ALTER TABLE webhooks DROP COLUMN denied;
