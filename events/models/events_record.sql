-- Write facts down, as the verb `record_event` does, each with its place in the outbox: {"events": [rows of events_event]}.
-- The caller wakes the relay after its commit. Answers how many there were.
CREATE OR REPLACE FUNCTION events_record(document jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    told integer;
BEGIN
    INSERT INTO events_event SELECT * FROM jsonb_populate_recordset(NULL::events_event, document -> 'events');
    INSERT INTO events_eventtelling (event_id, attempts, last_error)
    SELECT (event ->> 'id')::uuid, 0, '' FROM jsonb_array_elements(document -> 'events') AS event;
    GET DIAGNOSTICS told = ROW_COUNT;
    RETURN told;
END $$;
