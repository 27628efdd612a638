-- +goose Up
CREATE TABLE principles (
    edition_id uuid PRIMARY KEY REFERENCES editions (id) ON DELETE CASCADE,
    body text NOT NULL
);

-- +goose Down
DROP TABLE principles;
