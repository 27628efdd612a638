-- The dates of what was published before there were feeds: each line's time, or a second after the date before it.

-- +goose Up
UPDATE changes SET feed_at = dated.at FROM (
    SELECT seq, strftime('%Y-%m-%d %H:%M:%S', max(second - n) OVER (ORDER BY seq) + n, 'unixepoch') || '+00:00' AS at
    FROM (SELECT seq, unixepoch(at) AS second, row_number() OVER (ORDER BY seq) AS n
        FROM changes WHERE event = 'published' AND update_type = 'major') AS major
) AS dated WHERE dated.seq = changes.seq;

-- +goose Down
UPDATE changes SET feed_at = NULL;
