-- Keep the first answer to a message: {"id", "answer", "response_code", "distrusted", "answered_at", "promises": whether it is a
-- yes that we believe, "is_owed": whether it must be reversed whatever else is so}. Answers whether it was the first.
CREATE OR REPLACE FUNCTION vault_write_answer(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    due timestamptz;
BEGIN
    UPDATE vault_wiremessage
    SET status = 'answered', answer = document -> 'answer', response_code = document ->> 'response_code',
        distrusted = document ->> 'distrusted', answered_at = (document ->> 'answered_at')::timestamptz,
        reversal_due_at = CASE
            WHEN (document ->> 'is_owed')::boolean
                -- Decided by the row as it is at this moment: an inquiry or a reversal may have ended it meanwhile.
                OR ((document ->> 'promises')::boolean AND outcome IN ('let_go', 'not_found'))
            THEN (document ->> 'answered_at')::timestamptz ELSE reversal_due_at END
    WHERE id = (document ->> 'id')::uuid AND status = 'sent'
    RETURNING reversal_due_at INTO due;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF due IS NULL THEN
        -- Nobody waits for the disk here. Whoever commits what follows from this answer waits for it too, and an answer that
        -- is lost with the machine is asked for again; only a reversal that we owe is known from nowhere else.
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    RETURN true;
END $$;
