-- What can be searched for: see 00040_search.sqlite.sql, which says what the tables hold.

-- +goose Up

CREATE TABLE search_documents (
    place bigint PRIMARY KEY,
    entry_id uuid NOT NULL UNIQUE REFERENCES entries (id),
    title text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL
);

-- The tokens are beside the texts, and in the row itself, because a search for common words reads many rows of them,
-- from the newest on.
CREATE TABLE search_index (
    place bigint PRIMARY KEY REFERENCES search_documents (place) ON DELETE CASCADE,
    tokens tsvector NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE search_index ALTER COLUMN tokens SET STORAGE MAIN;
-- What was written is found in the index at once, and not first in a list of what is to be added to it.
CREATE INDEX search_index_tokens ON search_index USING gin (tokens) WITH (fastupdate = off);

CREATE TABLE search_terms (
    term text COLLATE "C" PRIMARY KEY,
    backwards text COLLATE "C" NOT NULL,
    documents bigint NOT NULL CHECK (documents > 0)
);
CREATE INDEX search_terms_backwards ON search_terms (backwards) WHERE backwards <> '';

CREATE TABLE search_head (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    version integer NOT NULL
);
INSERT INTO search_head (only_row, version) VALUES (1, 0);

-- +goose Down
DROP TABLE search_head;
DROP TABLE search_terms;
DROP TABLE search_index;
DROP TABLE search_documents;
