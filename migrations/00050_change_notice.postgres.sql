-- +goose Up

-- Whoever writes a line of the change log wakes the replicas that follow it, when and only when it is committed. The
-- trigger is the one place for it: no writer can forget, and it costs no round trip.
-- +goose StatementBegin
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('wtapi_changes', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER change_head_notify AFTER UPDATE ON change_head
    FOR EACH ROW WHEN (NEW.seq IS DISTINCT FROM OLD.seq) EXECUTE FUNCTION notify_change();

-- +goose Down
DROP TRIGGER change_head_notify ON change_head;
DROP FUNCTION notify_change();
