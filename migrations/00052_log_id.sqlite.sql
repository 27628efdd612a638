-- Each log has an id of its own, which cursors of it belong to: those of another service fit no line here, though it may
-- have begun with the same content. A copy of the database has the same log.

-- +goose Up
ALTER TABLE change_head ADD COLUMN log_id text NOT NULL DEFAULT '';
UPDATE change_head SET log_id = lower(hex(randomblob(16)));

-- +goose Down
ALTER TABLE change_head DROP COLUMN log_id;
