-- +goose Up
-- How far each channel's blocks were read.
CREATE TABLE relay_checkpoint (
    channel TEXT PRIMARY KEY,
    next    BIGINT NOT NULL
);
-- What is not at its end: records that a carrier can do something about.
CREATE TABLE relay_work (
    channel  TEXT NOT NULL,
    type     TEXT NOT NULL,
    id       TEXT NOT NULL,
    due      BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    note     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (channel, type, id)
);
CREATE INDEX relay_work_due ON relay_work (due);

-- +goose Down
DROP TABLE relay_work;
DROP TABLE relay_checkpoint;
