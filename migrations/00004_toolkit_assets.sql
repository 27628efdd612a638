-- +goose Up
CREATE TABLE toolkit_assets (
    edition_id uuid PRIMARY KEY REFERENCES editions (id) ON DELETE CASCADE,
    asset_type text NOT NULL CHECK (asset_type IN ('', 'guiding-document', 'poster', 'leaflet', 'presentation', 'template',
        'image', 'video', 'screensaver', 'link', 'other')),
    url text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('', 'staff', 'public', 'both')),
    featured boolean NOT NULL
);

-- +goose Down
DROP TABLE toolkit_assets;
