-- +goose Up

-- A term's number begins with the generation of the record that it names. All
-- records are sorted in anew, at the next start, by those who know the terms.
DELETE FROM terms;
DELETE FROM postings;

-- +goose Down
DELETE FROM terms;
DELETE FROM postings;
