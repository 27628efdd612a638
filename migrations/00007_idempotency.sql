-- Answers kept under an Idempotency-Key. A row is written in the transaction of the change that it answers for.

-- +goose Up
CREATE TABLE idempotency_keys (
    actor_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    entry_id uuid NOT NULL,
    status integer NOT NULL,
    location text NOT NULL,
    version bigint NOT NULL,
    body bytea NOT NULL,
    created_at timestamp NOT NULL,
    PRIMARY KEY (actor_id, method, path, idempotency_key)
);
CREATE INDEX idempotency_keys_by_entry ON idempotency_keys (entry_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
