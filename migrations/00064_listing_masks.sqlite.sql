-- See 00064_listing_masks.postgres.sql.

-- +goose Up
DROP INDEX listings_by_first_published;
DROP INDEX listings_by_updated;
DROP INDEX listings_by_title;
ALTER TABLE listings RENAME TO listings_without_masks;
CREATE TABLE listings (
    entry_id uuid NOT NULL,
    list_id integer NOT NULL,
    first_published_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    title_key bytea NOT NULL,
    place integer NOT NULL,
    mask bigint NOT NULL,
    PRIMARY KEY (entry_id, list_id)
) WITHOUT ROWID;
-- Both go through the entries in the order of their ids, so that nothing has to be sorted.
INSERT INTO listings
    SELECT r.entry_id, r.list_id, r.first_published_at, r.updated_at, r.title_key, r.place, m.mask
    FROM (
        SELECT entry_id,
            sum(DISTINCT 1 << list_id % 19) + sum(DISTINCT 1 << 19 + list_id % 21) + sum(DISTINCT 1 << 40 + list_id % 23) AS mask
        FROM listings_without_masks GROUP BY entry_id
    ) AS m CROSS JOIN listings_without_masks r ON r.entry_id = m.entry_id;

-- +goose Down
DROP TABLE IF EXISTS listings_without_masks;
ALTER TABLE listings DROP COLUMN mask;
CREATE INDEX listings_by_first_published ON listings (list_id, first_published_at, entry_id);
CREATE INDEX listings_by_updated ON listings (list_id, updated_at, entry_id);
CREATE INDEX listings_by_title ON listings (list_id, title_key, entry_id);
