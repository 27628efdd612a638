-- What files a published edition shows, and what it says of them, is frozen with it: see
-- 00008_frozen_editions.postgres.sql.

-- +goose Up
CREATE TRIGGER edition_row_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON edition_files
    FOR EACH ROW EXECUTE FUNCTION edition_row_is_frozen();

-- +goose Down
DROP TRIGGER edition_row_is_frozen ON edition_files;
