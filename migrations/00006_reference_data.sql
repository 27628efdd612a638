-- Organisations and topics: public at once, without editions. Name, slug and short name stand in entries.

-- +goose Up
CREATE TABLE organisations (
    id uuid PRIMARY KEY REFERENCES entries (id),
    organisation_type text NOT NULL CHECK (organisation_type IN ('icb', 'acute-trust', 'community-trust',
        'mental-health-trust', 'general-practice', 'local-authority', 'voluntary-sector', 'service', 'other')),
    ods_code text NOT NULL,
    url text NOT NULL
);
CREATE TABLE topics (
    id uuid PRIMARY KEY REFERENCES entries (id),
    summary text NOT NULL
);

-- +goose Down
DROP TABLE topics;
DROP TABLE organisations;
