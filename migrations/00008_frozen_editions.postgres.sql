-- A published edition never changes. What is refused here for every statement, whoever sends it, no query needs to
-- fear: history, digests and diffs are of what was published. Only three things are allowed to happen to one:
--   * it is superseded by the next;
--   * its entry is recalled, which deletes it: entries.status says so first;
--   * what it links to is erased, by a recall or as a draft that is discarded, and the link goes with it.
-- A content type's own table needs the last trigger below too.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION edition_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept editions := NEW;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM entries WHERE id = OLD.entry_id AND status = 'recalled') THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.state = OLD.state OR OLD.state = 'live' AND NEW.state = 'superseded' THEN
        kept.state := OLD.state;
        IF kept IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published edition never changes';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER edition_is_frozen BEFORE UPDATE OR DELETE ON editions
    FOR EACH ROW EXECUTE FUNCTION edition_is_frozen();

-- +goose StatementBegin
CREATE FUNCTION link_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM entries WHERE id = OLD.target_id AND status IN ('draft', 'recalled')) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the links of a published edition never change';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER link_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON edition_links
    FOR EACH ROW EXECUTE FUNCTION link_is_frozen();

-- When an edition is deleted, it is gone before its row in the type's table goes with it.
-- +goose StatementBegin
CREATE FUNCTION edition_row_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM editions WHERE id IN (OLD.edition_id, NEW.edition_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'a published edition never changes';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
-- +goose StatementEnd
CREATE TRIGGER edition_row_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON principles
    FOR EACH ROW EXECUTE FUNCTION edition_row_is_frozen();
CREATE TRIGGER edition_row_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON case_studies
    FOR EACH ROW EXECUTE FUNCTION edition_row_is_frozen();
CREATE TRIGGER edition_row_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON toolkit_assets
    FOR EACH ROW EXECUTE FUNCTION edition_row_is_frozen();
CREATE TRIGGER edition_row_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON pages
    FOR EACH ROW EXECUTE FUNCTION edition_row_is_frozen();

-- +goose Down
DROP TRIGGER edition_row_is_frozen ON pages;
DROP TRIGGER edition_row_is_frozen ON toolkit_assets;
DROP TRIGGER edition_row_is_frozen ON case_studies;
DROP TRIGGER edition_row_is_frozen ON principles;
DROP FUNCTION edition_row_is_frozen();
DROP TRIGGER link_is_frozen ON edition_links;
DROP FUNCTION link_is_frozen();
DROP TRIGGER edition_is_frozen ON editions;
DROP FUNCTION edition_is_frozen();
