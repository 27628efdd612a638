-- What can be searched for. All of it is derived from the live editions of public entries, in the transaction that
-- changes them, and made anew by content.RebuildSearch. See docs/decisions/0011-search.md.

-- +goose Up

-- The plain text of every live and withdrawn entry. place is the number of the entry's first line in the change log: the
-- greater, the newer.
CREATE TABLE search_documents (
    place integer PRIMARY KEY,
    entry_id uuid NOT NULL UNIQUE REFERENCES entries (id),
    title text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL
);

-- The tokens of each, at the same place. They are letters and digits, made by internal/search/index and parted by
-- spaces, so the tokenizer has nothing to decide. Nothing but whole tokens is asked for: detail=none. secure-delete
-- takes what is deleted out of the index at once, so that a recall leaves no word behind.
CREATE VIRTUAL TABLE search_index USING fts5 (tokens, detail = none, tokenize = 'ascii');
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

-- How many documents have each token, and each word of live documents (w and the word). backwards is the word from
-- its end, for words only: spelling mistakes are looked up from both ends.
CREATE TABLE search_terms (
    term text PRIMARY KEY,
    backwards text NOT NULL,
    documents bigint NOT NULL CHECK (documents > 0)
) WITHOUT ROWID;
CREATE INDEX search_terms_backwards ON search_terms (backwards) WHERE backwards <> '';

-- Which version of the analyser made all this; 0 before the first.
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
