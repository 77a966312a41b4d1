-- Keep an answer, as the verb `finish_key` does: {"id", "turn", "status", "body", "headers", "finished_at"}. Refuses claim_lost.
CREATE OR REPLACE FUNCTION events_finish_key(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_idempotencyrecord
    SET status = (document ->> 'status')::smallint, body = (document ->> 'body')::bytea,
        headers = document -> 'headers', finished_at = (document ->> 'finished_at')::timestamptz
    WHERE id = (document ->> 'id')::uuid AND turn = (document ->> 'turn')::integer AND finished_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'claim_lost' USING ERRCODE = 'VP001';
    END IF;
    RETURN true;
END $$;
