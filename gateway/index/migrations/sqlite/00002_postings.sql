-- +goose Up

-- Terms that several records of one batch of blocks have, as one row: the
-- records' numbers, each as the distance to the one before (the first one as
-- that to the column first), in variable lengths. What stands here of a term
-- does not stand in the table terms, and its rows do not overlap.
CREATE TABLE postings (
    term    INTEGER NOT NULL,
    first   INTEGER NOT NULL, -- no record of the row is less
    records BLOB NOT NULL,
    PRIMARY KEY (term, first)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE postings;
