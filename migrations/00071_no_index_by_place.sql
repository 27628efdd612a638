-- Only principles have a number, of which there are few, and their public list is read from rows of its own.

-- +goose Up
DROP INDEX entries_by_place;

-- +goose Down
CREATE INDEX entries_by_place ON entries (type, status, place, id);
