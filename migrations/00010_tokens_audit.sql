-- Who may act, and what they did.

-- +goose Up

-- A token's secret is not here, only its SHA-256 digest. A revoked token keeps its row, so that its id is never given
-- to another.
CREATE TABLE tokens (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('reader', 'editor', 'publisher', 'admin')),
    digest bytea NOT NULL,
    created_at timestamp NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp,
    last_used_at timestamp,
    revoked_at timestamp
);

-- Names, ids and numbers only, never content: a recall leaves the audit as it is. actor_id and entry_id refer to
-- nothing on purpose, for rows outlive what they tell of. Ids are UUIDv7, so that their order is that of time.
CREATE TABLE audit (
    id uuid PRIMARY KEY,
    at timestamp NOT NULL,
    actor_id text NOT NULL CHECK (actor_id <> ''),
    actor_name text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    type text NOT NULL,
    entry_id uuid,
    version integer NOT NULL,
    edition integer NOT NULL,
    fields text NOT NULL,
    address text NOT NULL,
    request_id text NOT NULL
);
CREATE INDEX audit_by_entry ON audit (entry_id, id);

-- +goose Down
DROP TABLE audit;
DROP TABLE tokens;
