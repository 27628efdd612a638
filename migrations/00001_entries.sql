-- Entries, their editions, links, addresses and the change log: what every content type shares.
-- Times are UTC in whole seconds. Keys that are sorted by are bytes, so that both engines order them alike.

-- +goose Up

-- The publish lock and the change log's counter in one: who changes the public side updates this row first and keeps
-- it locked until commit, so a smaller seq is always readable before a larger one and a rollback leaves no hole.
CREATE TABLE change_head (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    seq bigint NOT NULL
);
INSERT INTO change_head (only_row, seq) VALUES (1, 0);

-- Identity and lifecycle. slug, title, title_key and short_name repeat what the live edition (or the reference data)
-- says, so that a link to any type is shown with one join; they are empty until the first publish.
CREATE TABLE entries (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'live', 'withdrawn', 'gone', 'recalled')),
    version bigint NOT NULL CHECK (version > 0),
    place integer NOT NULL DEFAULT 0 CHECK (place >= 0),
    slug text NOT NULL DEFAULT '',
    title text NOT NULL DEFAULT '',
    title_key bytea,
    short_name text NOT NULL DEFAULT '',
    created_at timestamp NOT NULL,
    created_by text NOT NULL,
    saved_at timestamp NOT NULL,
    saved_by text NOT NULL,
    first_published_at timestamp,
    updated_at timestamp,
    unpublished_at timestamp,
    explanation text NOT NULL DEFAULT '',
    alternative text NOT NULL DEFAULT ''
);
CREATE INDEX entries_by_first_published ON entries (type, status, first_published_at, id);
CREATE INDEX entries_by_updated ON entries (type, status, updated_at, id);
CREATE INDEX entries_by_title ON entries (type, status, title_key, id);
CREATE INDEX entries_by_place ON entries (type, status, place, id);
CREATE INDEX entries_by_saved ON entries (type, saved_at, id);

-- One complete state of an entry. What a type has besides is in a table of its own, keyed by the edition.
CREATE TABLE editions (
    id uuid PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES entries (id),
    number integer NOT NULL CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('draft', 'live', 'superseded')),
    slug text NOT NULL,
    title text NOT NULL,
    title_key bytea NOT NULL,
    summary text NOT NULL,
    language text NOT NULL,
    last_reviewed_on text NOT NULL,
    review_due_on text NOT NULL,
    update_type text NOT NULL DEFAULT '' CHECK (update_type IN ('', 'major', 'minor')),
    change_note text NOT NULL DEFAULT '',
    published_at timestamp,
    published_by text NOT NULL DEFAULT '',
    UNIQUE (entry_id, number)
);
CREATE UNIQUE INDEX editions_one_live ON editions (entry_id) WHERE state = 'live';
CREATE UNIQUE INDEX editions_one_draft ON editions (entry_id) WHERE state = 'draft';

-- References of an edition to entries, in the order given; the relation "mentions" holds those made inside rich text.
CREATE TABLE edition_links (
    edition_id uuid NOT NULL REFERENCES editions (id) ON DELETE CASCADE,
    relation text NOT NULL,
    position integer NOT NULL,
    target_id uuid NOT NULL REFERENCES entries (id),
    PRIMARY KEY (edition_id, relation, position),
    UNIQUE (edition_id, relation, target_id)
);
CREATE INDEX edition_links_by_target ON edition_links (target_id, relation);

-- Addresses. The primary key is what keeps two writers from getting one slug.
CREATE TABLE slugs (
    type text NOT NULL,
    slug text NOT NULL,
    entry_id uuid NOT NULL REFERENCES entries (id),
    state text NOT NULL CHECK (state IN ('reserved', 'current', 'former')),
    PRIMARY KEY (type, slug)
);
CREATE INDEX slugs_by_entry ON slugs (entry_id);
CREATE UNIQUE INDEX slugs_one_current ON slugs (entry_id) WHERE state = 'current';

-- The public change log. A line stays when its entry is recalled, but then says nothing beyond its first six columns.
CREATE TABLE changes (
    seq bigint PRIMARY KEY,
    entry_id uuid NOT NULL,
    type text NOT NULL,
    event text NOT NULL CHECK (event IN ('published', 'refreshed', 'moved', 'withdrawn', 'gone', 'recalled')),
    at timestamp NOT NULL,
    slug text NOT NULL DEFAULT '',
    title text NOT NULL DEFAULT '',
    update_type text NOT NULL DEFAULT '',
    previous_slug text NOT NULL DEFAULT '',
    explanation text NOT NULL DEFAULT '',
    alternative text NOT NULL DEFAULT '',
    deadline timestamp
);
CREATE INDEX changes_by_entry ON changes (entry_id, seq);

-- +goose Down
DROP TABLE changes;
DROP TABLE slugs;
DROP TABLE edition_links;
DROP TABLE editions;
DROP TABLE entries;
DROP TABLE change_head;
