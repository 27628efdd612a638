-- The rest of 00064: in transactions of its own, so that a large database needs less room beside it meanwhile. What is
-- made anew is vacuumed, as lists are read from indexes alone only then. Each statement can be sent again.

-- +goose NO TRANSACTION
-- +goose Up
DROP TABLE IF EXISTS listings_without_masks;
CREATE INDEX IF NOT EXISTS listings_by_first_published ON listings (list_id, first_published_at, entry_id, mask);
CREATE INDEX IF NOT EXISTS listings_by_updated ON listings (list_id, updated_at, entry_id, mask);
CREATE INDEX IF NOT EXISTS listings_by_title ON listings (list_id, title_key, entry_id, mask);
VACUUM (ANALYZE) listings;

-- +goose Down
DROP INDEX IF EXISTS listings_by_first_published;
DROP INDEX IF EXISTS listings_by_updated;
DROP INDEX IF EXISTS listings_by_title;
