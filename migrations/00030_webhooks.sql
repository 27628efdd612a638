-- Webhooks: followers of the change log, each with a place of its own, and what became of their deliveries. What a
-- delivery says is not kept: it is read from the log whenever it is sent.

-- +goose Up
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    url text NOT NULL CHECK (url <> ''),
    events text NOT NULL,
    types text NOT NULL,
    description text NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 0),
    disabled_at timestamp,
    disabled_reason text NOT NULL DEFAULT '',
    failing_since timestamp,
    created_at timestamp NOT NULL,
    created_by text NOT NULL,
    saved_at timestamp NOT NULL
);

-- Keys are kept as they are, for every delivery is signed with them. One without an end is the current one.
CREATE TABLE webhook_secrets (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    value bytea NOT NULL,
    signs_until timestamp
);
CREATE UNIQUE INDEX webhook_secrets_one_current ON webhook_secrets (webhook_id) WHERE signs_until IS NULL;
CREATE INDEX webhook_secrets_by_webhook ON webhook_secrets (webhook_id);

-- A delivery without a line of the log is a test event. One in turn is the line that all later lines of its webhook
-- wait for; the rest, repeated by hand or put aside, wait for nothing and keep nothing waiting.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event text NOT NULL,
    seq bigint,
    entry_id uuid,
    entry_type text NOT NULL DEFAULT '',
    in_turn boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL,
    made_at timestamp NOT NULL,
    round_at timestamp NOT NULL,
    next_at timestamp NOT NULL,
    leased_until timestamp,
    last_at timestamp,
    finished_at timestamp,
    response_status integer NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    UNIQUE (webhook_id, seq)
);
CREATE UNIQUE INDEX webhook_deliveries_one_in_turn ON webhook_deliveries (webhook_id) WHERE in_turn AND status = 'pending';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (finished_at) WHERE status = 'delivered';

-- +goose Down
DROP TABLE webhook_deliveries;
DROP TABLE webhook_secrets;
DROP TABLE webhooks;
