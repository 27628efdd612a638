-- What the rich text of an edition names, as it is written: an id, or the slug of a type. It stands here whether there
-- is such an entry or not, so that those who name it can be told when one comes to be there.

-- +goose Up
CREATE TABLE edition_mentions (
    edition_id uuid NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    type text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (edition_id, type, name)
);
CREATE INDEX edition_mentions_by_name ON edition_mentions (name, type);

-- +goose Down
DROP TABLE edition_mentions;
