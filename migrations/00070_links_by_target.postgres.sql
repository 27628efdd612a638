-- A link is known by what it leads to, and its position goes with it: so an edition cannot name one thing twice in one
-- relation, and no second index is kept to see to that. Who reads links puts them in order.

-- +goose Up
ALTER TABLE edition_links DROP CONSTRAINT edition_links_edition_id_relation_target_id_key,
    DROP CONSTRAINT edition_links_pkey,
    ADD CONSTRAINT edition_links_pkey PRIMARY KEY (edition_id, relation, target_id) INCLUDE (position);

-- +goose Down
ALTER TABLE edition_links DROP CONSTRAINT edition_links_pkey,
    ADD CONSTRAINT edition_links_pkey PRIMARY KEY (edition_id, relation, position) INCLUDE (target_id),
    ADD UNIQUE (edition_id, relation, target_id);
