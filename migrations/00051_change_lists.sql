-- +goose Up

-- What a line means for lists of its type: 'kept' when every list holds what it held, in the order it had, but for orders
-- and conditions that ask for the last edition. Empty: nobody knows, so every list may have changed.
ALTER TABLE changes ADD COLUMN lists text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE changes DROP COLUMN lists;
