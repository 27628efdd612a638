-- What the public lists are read from. All of it is derived from entries and their live editions in the transaction that
-- changes those, under the publish lock, and content.Rebuild makes it again; so it has no foreign keys to keep.

-- +goose Up

-- A list is what one value of one filter finds among the entries of a type in a status; the dimension '' is all of them.
-- A list stays when nothing is left in it, but for that of an entry which is recalled.
CREATE TABLE lists (
    id integer PRIMARY KEY,
    type text NOT NULL,
    status text NOT NULL CHECK (status IN ('live', 'withdrawn')),
    dimension text NOT NULL,
    value text NOT NULL,
    total bigint NOT NULL DEFAULT 0,
    UNIQUE (type, status, dimension, value)
);

-- An entry stands in a list with everything that the list can be sorted by.
CREATE TABLE listings (
    entry_id uuid NOT NULL,
    list_id integer NOT NULL,
    first_published_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    title_key bytea NOT NULL,
    place integer NOT NULL,
    PRIMARY KEY (entry_id, list_id)
) WITHOUT ROWID;
CREATE INDEX listings_by_first_published ON listings (list_id, first_published_at, entry_id);
CREATE INDEX listings_by_updated ON listings (list_id, updated_at, entry_id);
CREATE INDEX listings_by_title ON listings (list_id, title_key, entry_id);

-- How many entries stand in both of two lists, the smaller id first. Lists of all entries are in no pair.
CREATE TABLE list_pairs (
    list_id integer NOT NULL,
    other_id integer NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (list_id, other_id),
    CHECK (list_id < other_id)
) WITHOUT ROWID;
CREATE INDEX list_pairs_by_other ON list_pairs (other_id, list_id);

-- +goose Down
DROP TABLE list_pairs;
DROP TABLE listings;
DROP TABLE lists;
