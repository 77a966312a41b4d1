-- The first commit of a charge under a grant, as `reserve_charge` writes it: {"claim", "payment", "change", "attempt": rows,
-- "grant": what it was seen as and what is used of it then, "pays": the card, "events", "records"}. Answers what became of the
-- idempotency key; when that is not ours, nothing else was done.
--
-- It decides nothing: every rule was looked at by the caller. If anything is no longer as it was seen, it refuses (`changed`),
-- nothing stays written, and the plain verb says what is the matter.
CREATE OR REPLACE FUNCTION payments_reserve(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    claim jsonb;
    seen jsonb := document -> 'grant';
BEGIN
    claim := events_claim_key(document -> 'claim');
    IF claim ->> 'is' <> 'ours' THEN
        RETURN claim;
    ELSIF (claim -> 'record' ->> 'turn')::integer <> 1 THEN
        -- Taken over from somebody who died: what that one did must be found first.
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    -- The grant's row is the lock, as in the plain verb: of two charges at once the slower one finds it changed.
    UPDATE payments_grant
    SET used_minor = (seen ->> 'used_then')::bigint, period_began = (seen ->> 'period_then')::date
    WHERE id = (seen ->> 'id')::uuid AND version = (seen ->> 'version')::integer AND status = 'active'
      AND used_minor = (seen ->> 'used_minor')::bigint AND period_began IS NOT DISTINCT FROM (seen ->> 'period_began')::date;
    IF NOT FOUND OR NOT accounts_lets_pass(document -> 'pays') OR NOT merchants_lets_sell(document -> 'payment') OR payments_has_noes(jsonb_build_object(
        'wallet_id', document -> 'payment' -> 'wallet_id', 'card_token', document -> 'attempt' -> 'card_token',
        'since', document -> 'noes_since'
    )) THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    INSERT INTO payments_payment SELECT * FROM jsonb_populate_record(NULL::payments_payment, document -> 'payment')
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    INSERT INTO payments_paymentstatuschange
    SELECT * FROM jsonb_populate_record(NULL::payments_paymentstatuschange, document -> 'change');
    INSERT INTO payments_authorization
    SELECT * FROM jsonb_populate_record(NULL::payments_authorization, document -> 'attempt');
    PERFORM events_record(document);
    PERFORM events_write_audit(document);
    RETURN claim;
END $$;
