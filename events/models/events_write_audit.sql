-- Note what was done, as the verb `write_audit` does: {"records": [rows of events_auditrecord]}. Answers how many.
CREATE OR REPLACE FUNCTION events_write_audit(document jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    noted integer;
BEGIN
    INSERT INTO events_auditrecord SELECT * FROM jsonb_populate_recordset(NULL::events_auditrecord, document -> 'records');
    GET DIAGNOSTICS noted = ROW_COUNT;
    RETURN noted;
END $$;
