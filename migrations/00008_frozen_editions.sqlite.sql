-- A published edition never changes: see 00008_frozen_editions.postgres.sql, which says the same for Postgres and why.
-- Every insertion is looked at as well, because INSERT OR REPLACE removes the old row without firing a delete trigger.
-- A content type's own table needs the three triggers that principles has.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER edition_no_update BEFORE UPDATE ON editions
WHEN OLD.state <> 'draft' AND NOT (
    (NEW.state = OLD.state OR OLD.state = 'live' AND NEW.state = 'superseded')
    AND (NEW.id, NEW.entry_id, NEW.number, NEW.slug, NEW.title, NEW.title_key, NEW.summary,
         NEW.language, NEW.last_reviewed_on, NEW.review_due_on, NEW.update_type, NEW.change_note, NEW.published_at, NEW.published_by)
     IS (OLD.id, OLD.entry_id, OLD.number, OLD.slug, OLD.title, OLD.title_key, OLD.summary,
         OLD.language, OLD.last_reviewed_on, OLD.review_due_on, OLD.update_type, OLD.change_note, OLD.published_at, OLD.published_by))
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edition_no_delete BEFORE DELETE ON editions
WHEN OLD.state <> 'draft'
    AND NOT EXISTS (SELECT 1 FROM entries WHERE id = OLD.entry_id AND status = 'recalled')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edition_no_replace BEFORE INSERT ON editions
WHEN EXISTS (SELECT 1 FROM editions WHERE state <> 'draft' AND (id = NEW.id
    OR entry_id = NEW.entry_id AND (number = NEW.number OR state = 'live' AND NEW.state = 'live')))
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER link_no_insert BEFORE INSERT ON edition_links
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'the links of a published edition never change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER link_no_update BEFORE UPDATE ON edition_links
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'the links of a published edition never change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER link_no_delete BEFORE DELETE ON edition_links
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
    AND NOT EXISTS (SELECT 1 FROM entries WHERE id = OLD.target_id AND status IN ('draft', 'recalled'))
BEGIN
    SELECT RAISE(ABORT, 'the links of a published edition never change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER principle_no_insert BEFORE INSERT ON principles
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER principle_no_update BEFORE UPDATE ON principles
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER principle_no_delete BEFORE DELETE ON principles
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_study_no_insert BEFORE INSERT ON case_studies
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_study_no_update BEFORE UPDATE ON case_studies
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_study_no_delete BEFORE DELETE ON case_studies
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER toolkit_asset_no_insert BEFORE INSERT ON toolkit_assets
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER toolkit_asset_no_update BEFORE UPDATE ON toolkit_assets
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER toolkit_asset_no_delete BEFORE DELETE ON toolkit_assets
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_no_insert BEFORE INSERT ON pages
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_no_update BEFORE UPDATE ON pages
WHEN EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER page_no_delete BEFORE DELETE ON pages
WHEN EXISTS (SELECT 1 FROM editions WHERE id = OLD.edition_id AND state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'a published edition never changes');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER page_no_delete;
DROP TRIGGER page_no_update;
DROP TRIGGER page_no_insert;
DROP TRIGGER toolkit_asset_no_delete;
DROP TRIGGER toolkit_asset_no_update;
DROP TRIGGER toolkit_asset_no_insert;
DROP TRIGGER case_study_no_delete;
DROP TRIGGER case_study_no_update;
DROP TRIGGER case_study_no_insert;
DROP TRIGGER principle_no_delete;
DROP TRIGGER principle_no_update;
DROP TRIGGER principle_no_insert;
DROP TRIGGER link_no_delete;
DROP TRIGGER link_no_update;
DROP TRIGGER link_no_insert;
DROP TRIGGER edition_no_replace;
DROP TRIGGER edition_no_delete;
DROP TRIGGER edition_no_update;
