-- +goose Up
-- The languages in which anything was ever public, beside the default one, in which nearly everything is.
CREATE INDEX editions_in_other_languages ON editions (language) WHERE language <> 'en-GB' AND state <> 'draft';

-- +goose Down
DROP INDEX editions_in_other_languages;
