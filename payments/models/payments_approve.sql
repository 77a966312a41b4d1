-- A customer's yes, as `approve_payment` writes it: {"payment": its columns as they are then, "seen_version", "challenge", "at",
-- "passkey": what `accounts_note_passkey_use` takes, "approval", "attempt", "authentication": rows, the last one or null,
-- "change", "pays": the card, "noes_since", "events", "records"}.
--
-- It decides nothing: every rule was looked at by the caller. If anything is no longer as it was seen, it refuses (`changed`),
-- nothing stays written, and the plain verb says what is the matter.
CREATE OR REPLACE FUNCTION payments_approve(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    paid payments_payment := jsonb_populate_record(NULL::payments_payment, document -> 'payment');
    instant timestamptz := (document ->> 'at')::timestamptz;
BEGIN
    -- The payment's row first: all that belongs to a payment changes under this one lock.
    UPDATE payments_payment
    SET status = paid.status, version = paid.version, updated_at = paid.updated_at, customer_id = paid.customer_id,
        wallet_id = paid.wallet_id, points_minor = paid.points_minor, card_id = paid.card_id, card_brand = paid.card_brand,
        card_last4 = paid.card_last4, approved_at = paid.approved_at
    WHERE id = paid.id AND status = 'requires_approval' AND version = (document ->> 'seen_version')::integer;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    UPDATE payments_challenge SET consumed_at = instant
    WHERE id = (document ->> 'challenge')::uuid AND consumed_at IS NULL AND voided_at IS NULL AND expires_at > instant;
    IF NOT FOUND OR NOT accounts_lets_pass(document -> 'pays') OR NOT merchants_lets_sell(document -> 'payment')
        OR NOT accounts_note_passkey_use(document -> 'passkey')
        OR payments_has_noes(jsonb_build_object(
            'wallet_id', document -> 'payment' -> 'wallet_id', 'card_token', document -> 'attempt' -> 'card_token',
            'since', document -> 'noes_since'
        ))
    THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    INSERT INTO payments_paymentstatuschange
    SELECT * FROM jsonb_populate_record(NULL::payments_paymentstatuschange, document -> 'change');
    INSERT INTO payments_approval
    SELECT * FROM jsonb_populate_record(NULL::payments_approval, document -> 'approval');
    INSERT INTO payments_authorization
    SELECT * FROM jsonb_populate_record(NULL::payments_authorization, document -> 'attempt');
    IF document -> 'authentication' <> 'null' THEN
        INSERT INTO payments_authentication
        SELECT * FROM jsonb_populate_record(NULL::payments_authentication, document -> 'authentication');
    END IF;
    PERFORM events_record(document);
    PERFORM events_write_audit(document);
    RETURN true;
END $$;
