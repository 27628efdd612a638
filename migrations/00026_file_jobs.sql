-- Work that a file waits for: a look by the virus scanner, or renditions. It is written with what makes it needed, and
-- removed when it is done.

-- +goose Up
CREATE TABLE file_jobs (
    file_id uuid NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('scan', 'render')),
    -- nobody works on it before: either it failed and is tried again then, or somebody does until then
    next_at timestamp NOT NULL,
    -- begun so far; also what fences off those who took too long
    attempts integer NOT NULL,
    PRIMARY KEY (file_id, kind)
);
CREATE INDEX file_jobs_due ON file_jobs (next_at);

-- +goose Down
DROP TABLE file_jobs;
