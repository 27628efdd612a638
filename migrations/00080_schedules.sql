-- What is to be published and unpublished at a time. The row says how; the entry repeats when, so that whoever reads the
-- entry knows. missed_at is the time for which something was scheduled that could not be done then.

-- +goose Up
CREATE TABLE schedules (
    entry_id uuid NOT NULL REFERENCES entries (id),
    act text NOT NULL CHECK (act IN ('publish', 'unpublish')),
    at timestamp NOT NULL,
    -- nobody tries before: the time itself, or a later one when it has failed
    next_at timestamp NOT NULL,
    attempts integer NOT NULL,
    update_type text NOT NULL,
    change_note text NOT NULL,
    becomes text NOT NULL,
    explanation text NOT NULL,
    alternative text NOT NULL,
    deadline timestamp,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    request_id text NOT NULL,
    PRIMARY KEY (entry_id, act)
);
CREATE INDEX schedules_due ON schedules (next_at);
ALTER TABLE entries ADD COLUMN publish_at timestamp;
ALTER TABLE entries ADD COLUMN unpublish_at timestamp;
ALTER TABLE entries ADD COLUMN missed_at timestamp;

-- +goose Down
ALTER TABLE entries DROP COLUMN missed_at;
ALTER TABLE entries DROP COLUMN unpublish_at;
ALTER TABLE entries DROP COLUMN publish_at;
DROP TABLE schedules;
