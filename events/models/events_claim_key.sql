-- Claim an idempotency key, as the verb `claim_key` does: {"record": a row of events_idempotencyrecord}. Answers whose the
-- key is ("ours", "running", "other_question" or "answered") and its row as it is now.
CREATE OR REPLACE FUNCTION events_claim_key(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    asked events_idempotencyrecord;
    known events_idempotencyrecord;
BEGIN
    asked := jsonb_populate_record(NULL::events_idempotencyrecord, document -> 'record');
    INSERT INTO events_idempotencyrecord SELECT asked.* ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN jsonb_build_object('is', 'ours', 'record', document -> 'record');
    END IF;
    SELECT * INTO known FROM events_idempotencyrecord WHERE owner_ref = asked.owner_ref AND key = asked.key;
    IF NOT FOUND THEN
        -- Released between our two statements: the other request was refused, and this one may try again.
        RETURN jsonb_build_object('is', 'running', 'record', document -> 'record');
    ELSIF known.question <> asked.question THEN
        RETURN jsonb_build_object('is', 'other_question', 'record', to_jsonb(known));
    ELSIF known.finished_at IS NOT NULL THEN
        RETURN jsonb_build_object('is', 'answered', 'record', to_jsonb(known));
    ELSIF known.leased_until > asked.claimed_at THEN
        RETURN jsonb_build_object('is', 'running', 'record', to_jsonb(known));
    END IF;
    UPDATE events_idempotencyrecord SET turn = turn + 1, leased_until = asked.leased_until
    WHERE id = known.id AND turn = known.turn AND finished_at IS NULL;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('is', 'running', 'record', to_jsonb(known));
    END IF;
    known.turn := known.turn + 1;
    RETURN jsonb_build_object('is', 'ours', 'record', to_jsonb(known));
END $$;
