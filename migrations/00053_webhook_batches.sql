-- A sender takes several deliveries of a webhook at a time and sends them one after another, so that several may wait
-- in turn: the first in the log goes first. The number of times that a delivery was taken tells its holders apart; how
-- often it was sent does not, for of what was taken some is given back unsent.

-- +goose Up
ALTER TABLE webhook_deliveries ADD COLUMN claims integer NOT NULL DEFAULT 0;
DROP INDEX webhook_deliveries_one_in_turn;
CREATE INDEX webhook_deliveries_in_turn ON webhook_deliveries (webhook_id, seq) WHERE in_turn AND status = 'pending';

-- +goose Down
UPDATE webhook_deliveries SET in_turn = false WHERE in_turn AND status = 'pending' AND EXISTS (
    SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = webhook_deliveries.webhook_id AND e.in_turn AND e.status = 'pending' AND e.seq < webhook_deliveries.seq);
DROP INDEX webhook_deliveries_in_turn;
CREATE UNIQUE INDEX webhook_deliveries_one_in_turn ON webhook_deliveries (webhook_id) WHERE in_turn AND status = 'pending';
ALTER TABLE webhook_deliveries DROP COLUMN claims;
