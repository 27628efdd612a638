-- What stands in feeds of what was published before there were any.

-- +goose Up
INSERT INTO feed_rows (target, at, type, entry_id)
WITH dated AS (SELECT entry_id, max(feed_at) AS at FROM changes WHERE feed_at IS NOT NULL GROUP BY entry_id)
SELECT '', dated.at, e.type, e.id FROM entries e JOIN dated ON dated.entry_id = e.id WHERE e.status = 'live'
UNION
SELECT CAST(l.target_id AS text), dated.at, e.type, e.id FROM entries e JOIN dated ON dated.entry_id = e.id
    JOIN editions d ON d.entry_id = e.id AND d.state = 'live' JOIN edition_links l ON l.edition_id = d.id
    WHERE e.status = 'live' AND l.relation IN ('principles', 'organisations', 'topics');

-- +goose Down
DELETE FROM feed_rows;
