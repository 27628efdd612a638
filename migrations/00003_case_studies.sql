-- +goose Up
CREATE TABLE case_studies (
    edition_id uuid PRIMARY KEY REFERENCES editions (id) ON DELETE CASCADE,
    challenge text NOT NULL,
    approach text NOT NULL,
    outcome text NOT NULL,
    happened_on text NOT NULL,
    patient_involvement text NOT NULL CHECK (patient_involvement IN ('', 'none', 'anonymised', 'consented')),
    consent_reference text,
    consent_expires_on text
);

-- +goose Down
DROP TABLE case_studies;
