-- Files: what is known of them, where their bytes are, and which edition shows which. Times are UTC in whole seconds.

-- +goose Up

-- A file has a row in entries too, for its id, version, and who saved it when; its status there stays 'draft'. Bytes
-- never change. What is said about them (alt to alternative) may, and is copied into an edition when that is published.
CREATE TABLE files (
    id uuid PRIMARY KEY REFERENCES entries (id),
    filename text NOT NULL CHECK (filename <> ''),
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    sha256 text NOT NULL CHECK (length(sha256) = 64),
    width integer NOT NULL,
    height integer NOT NULL,
    pages integer NOT NULL,
    alt text NOT NULL,
    decorative boolean NOT NULL,
    credit text NOT NULL,
    label text NOT NULL,
    focal_point text NOT NULL,
    alternative text NOT NULL,
    accessibility text,
    -- none: no scanner was set when it came, and nobody waits for one
    scan text NOT NULL CHECK (scan IN ('none', 'pending', 'clean', 'infected')),
    -- since when the sweeper has found no edition that uses it
    unused_since timestamp
);
CREATE INDEX files_by_sha256 ON files (sha256);
CREATE INDEX files_by_unused ON files (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX entries_of_files ON entries (created_at, id) WHERE type = 'file';

-- Where bytes are kept: the file itself (variant '') and what was made of it. A key is never used twice, so that an
-- object can be deleted without a look at who stores the same bytes meanwhile.
CREATE TABLE blobs (
    object_key text PRIMARY KEY,
    sha256 text NOT NULL,
    variant text NOT NULL,
    size bigint NOT NULL,
    digest text NOT NULL,
    created_at timestamp NOT NULL,
    UNIQUE (sha256, variant)
);

-- Objects that must go: written with what made them needless, and done as soon as that is committed.
CREATE TABLE blob_erasures (
    object_key text PRIMARY KEY,
    at timestamp NOT NULL
);

-- Files of an edition, in the order given. label is what the edition's editor calls the file. The columns from alt on
-- are what the file said when the edition was published; a draft, which shows what the file says now, has none.
CREATE TABLE edition_files (
    edition_id uuid NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    relation text NOT NULL,
    position integer NOT NULL,
    file_id uuid NOT NULL REFERENCES files (id),
    given_label text NOT NULL,
    alt text,
    decorative boolean,
    credit text,
    label text,
    focal_point text,
    alternative text,
    PRIMARY KEY (edition_id, relation, position),
    UNIQUE (edition_id, relation, file_id)
);
CREATE INDEX edition_files_by_file ON edition_files (file_id);

-- +goose Down
DROP TABLE edition_files;
DROP TABLE blob_erasures;
DROP TABLE blobs;
DROP INDEX entries_of_files;
DROP TABLE files;
