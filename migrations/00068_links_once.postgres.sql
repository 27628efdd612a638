-- The key of links has all that is read of them, so that a link is one index row less to write and to keep.

-- +goose Up
DROP INDEX edition_links_whole;
ALTER TABLE edition_links DROP CONSTRAINT edition_links_pkey,
    ADD CONSTRAINT edition_links_pkey PRIMARY KEY (edition_id, relation, position) INCLUDE (target_id);

-- +goose Down
ALTER TABLE edition_links DROP CONSTRAINT edition_links_pkey,
    ADD CONSTRAINT edition_links_pkey PRIMARY KEY (edition_id, relation, position);
CREATE INDEX edition_links_whole ON edition_links (edition_id, relation, position, target_id);
