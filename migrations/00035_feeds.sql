-- The dates that feeds show, and what stands in feeds.

-- +goose Up

-- For a published major edition: its time, moved on by a second where needed, so that these dates strictly increase
-- along the log. It stays when the line's entry is recalled.
ALTER TABLE changes ADD COLUMN feed_at timestamp;
CREATE UNIQUE INDEX changes_by_feed_at ON changes (feed_at);

-- For each live entry one row, and one more for each entry that feeds can be narrowed down to by it. It is derived from
-- the live editions, their links and the log.
CREATE TABLE feed_rows (
    target text NOT NULL, -- id of the entry that the feed is narrowed down to; empty for the whole feed
    at timestamp NOT NULL,
    type text NOT NULL,
    entry_id uuid NOT NULL REFERENCES entries (id),
    PRIMARY KEY (target, at)
);
CREATE INDEX feed_rows_by_type ON feed_rows (target, type, at);
CREATE INDEX feed_rows_by_entry ON feed_rows (entry_id);

-- +goose Down
DROP TABLE feed_rows;
DROP INDEX changes_by_feed_at;
ALTER TABLE changes DROP COLUMN feed_at;
