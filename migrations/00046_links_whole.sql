-- Links are read for every item of every list; this index has all that is read of them.

-- +goose Up
CREATE INDEX edition_links_whole ON edition_links (edition_id, relation, position, target_id);

-- +goose Down
DROP INDEX edition_links_whole;
