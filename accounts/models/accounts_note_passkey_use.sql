-- Write down that a payment passkey has signed, as the verb `note_passkey_use` does: {"passkey": its UUID, "sign_count", "at"}.
-- Answers whether it was: a passkey that was removed, and a counter that does not grow, are refused.
CREATE OR REPLACE FUNCTION accounts_note_passkey_use(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    counted bigint := (document ->> 'sign_count')::bigint;
BEGIN
    UPDATE accounts_paymentpasskey
    SET sign_count = counted, last_used_at = (document ->> 'at')::timestamptz
    WHERE id = (document ->> 'passkey')::uuid AND removed_at IS NULL
      AND (sign_count < counted OR (counted = 0 AND sign_count = 0));
    RETURN FOUND;
END $$;
