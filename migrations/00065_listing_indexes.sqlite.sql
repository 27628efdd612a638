-- The rest of 00064: in a transaction of its own, so that a large database needs less room beside it meanwhile.

-- +goose Up
DROP TABLE listings_without_masks;
CREATE INDEX listings_by_first_published ON listings (list_id, first_published_at, entry_id, mask);
CREATE INDEX listings_by_updated ON listings (list_id, updated_at, entry_id, mask);
CREATE INDEX listings_by_title ON listings (list_id, title_key, entry_id, mask);

-- +goose Down
DROP INDEX listings_by_first_published;
DROP INDEX listings_by_updated;
DROP INDEX listings_by_title;
