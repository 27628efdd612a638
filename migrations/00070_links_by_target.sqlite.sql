-- See 00070_links_by_target.postgres.sql. A link is two rows of indexes, and was three.

-- +goose Up
ALTER TABLE edition_links RENAME TO edition_links_before;
DROP TRIGGER link_no_insert;
DROP TRIGGER link_no_update;
DROP TRIGGER link_no_delete;
DROP INDEX edition_links_by_target;
CREATE TABLE edition_links (
    edition_id uuid NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    relation text NOT NULL,
    position integer NOT NULL,
    target_id uuid NOT NULL REFERENCES entries (id),
    PRIMARY KEY (edition_id, relation, target_id)
) WITHOUT ROWID;
INSERT INTO edition_links SELECT edition_id, relation, position, target_id FROM edition_links_before ORDER BY edition_id, relation, target_id;
DROP TABLE edition_links_before;
CREATE INDEX edition_links_by_target ON edition_links (target_id, relation);
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

-- +goose Down
ALTER TABLE edition_links RENAME TO edition_links_before;
DROP TRIGGER link_no_insert;
DROP TRIGGER link_no_update;
DROP TRIGGER link_no_delete;
DROP INDEX edition_links_by_target;
CREATE TABLE edition_links (
    edition_id uuid NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    relation text NOT NULL,
    position integer NOT NULL,
    target_id uuid NOT NULL REFERENCES entries (id),
    PRIMARY KEY (edition_id, relation, position),
    UNIQUE (edition_id, relation, target_id)
) WITHOUT ROWID;
INSERT INTO edition_links SELECT edition_id, relation, position, target_id FROM edition_links_before ORDER BY edition_id, relation, position;
DROP TABLE edition_links_before;
CREATE INDEX edition_links_by_target ON edition_links (target_id, relation);
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
