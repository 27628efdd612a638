-- Tokens of a long document are kept outside of its row, and are read only when the document is taken out: what is found
-- is fetched by its place alone.
--
-- Nothing is known of the tokens on purpose: the planner then takes each for rare, and always goes by the index.
-- Going through the table would read all tokens of all documents.
--
-- The next start makes the index anew, in this form.

-- +goose Up
ALTER TABLE search_index ALTER COLUMN tokens SET STORAGE EXTENDED;
ALTER TABLE search_index ALTER COLUMN tokens SET STATISTICS 0;
ALTER TABLE search_index SET (toast_tuple_target = 128);
UPDATE search_head SET version = 0;

-- +goose Down
ALTER TABLE search_index SET (toast_tuple_target = 8160);
ALTER TABLE search_index ALTER COLUMN tokens SET STATISTICS -1;
ALTER TABLE search_index ALTER COLUMN tokens SET STORAGE MAIN;
UPDATE search_head SET version = 0;
