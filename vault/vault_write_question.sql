-- Write down what is about to be sent, and that a card was used for it: {"message": a row of vault_wiremessage, "audit": a row
-- of events_auditrecord}. Answers whether it was written now; false means that this reference was used before.
CREATE OR REPLACE FUNCTION vault_write_question(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vault_wiremessage SELECT * FROM jsonb_populate_record(NULL::vault_wiremessage, document -> 'message')
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM events_write_audit(jsonb_build_object('records', jsonb_build_array(document -> 'audit')));
    RETURN true;
END $$;
