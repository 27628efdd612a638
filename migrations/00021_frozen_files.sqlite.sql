-- What files a published edition shows, and what it says of them, is frozen with it: see
-- 00008_frozen_editions.postgres.sql.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER edition_file_no_insert BEFORE INSERT ON edition_files
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edition_file_no_update BEFORE UPDATE ON edition_files
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edition_file_no_delete BEFORE DELETE ON edition_files
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER edition_file_no_delete;
DROP TRIGGER edition_file_no_update;
DROP TRIGGER edition_file_no_insert;
