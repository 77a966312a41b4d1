-- The issuer's promise, as `write_outcome` writes it: {"payment": the columns that change and the version it was seen in,
-- "attempt", "series": the grant whose first promise this is, or null, "changes", "captures", "advices": rows, "entries":
-- documents of the ledger, "events", "finish": the answer to keep, or null}. It decides nothing, and refuses (`changed`) when
-- the payment or the attempt moved meanwhile, or is being undone.
CREATE OR REPLACE FUNCTION payments_settle_outcome(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    paid payments_payment := jsonb_populate_record(NULL::payments_payment, document -> 'payment');
    asked payments_authorization := jsonb_populate_record(NULL::payments_authorization, document -> 'attempt');
    entry jsonb;
BEGIN
    -- The payment's row first: all that belongs to a payment changes under this one lock.
    UPDATE payments_payment
    SET status = paid.status, version = paid.version, attempts = paid.attempts, capture_before = paid.capture_before,
        amount_captured_minor = paid.amount_captured_minor, updated_at = paid.updated_at
    WHERE id = paid.id AND status = 'processing' AND version = (document ->> 'seen_version')::integer;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    UPDATE payments_authorization
    SET status = asked.status, response_code = asked.response_code, network_reference = asked.network_reference,
        approval_code = asked.approval_code, card_check = asked.card_check, concluded_at = asked.concluded_at, next_inquiry_at = NULL
    WHERE id = asked.id AND status = 'sent'
      AND NOT EXISTS (
          SELECT FROM payments_advice WHERE authorization_id = asked.id AND kind = 'reversal' AND status = 'due'
      );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'changed' USING ERRCODE = 'VP001';
    END IF;
    UPDATE payments_grant SET first_network_reference = asked.network_reference
    WHERE id = (document ->> 'series')::uuid AND first_network_reference = '';
    INSERT INTO payments_paymentstatuschange
    SELECT * FROM jsonb_populate_recordset(NULL::payments_paymentstatuschange, document -> 'changes');
    FOR entry IN SELECT * FROM jsonb_array_elements(document -> 'entries') LOOP
        PERFORM ledger_post_entry(entry);
    END LOOP;
    INSERT INTO payments_capture
    SELECT * FROM jsonb_populate_recordset(NULL::payments_capture, document -> 'captures');
    INSERT INTO payments_advice
    SELECT * FROM jsonb_populate_recordset(NULL::payments_advice, document -> 'advices');
    PERFORM events_record(document);
    IF document -> 'finish' <> 'null' THEN
        PERFORM events_finish_key(document -> 'finish');
    END IF;
    RETURN true;
END $$;
