-- Whether a card may pay whatever the payment is: {"wallet", "card"} by their UUIDs. It is usable, its issuer has
-- not said that it is closed, and its owner has set no rule. A brake that was pulled, and a rule that was set, before this moment
-- is seen.
CREATE OR REPLACE FUNCTION accounts_lets_pass(document jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    wallet uuid := (document ->> 'wallet')::uuid;
BEGIN
    RETURN EXISTS (
            SELECT FROM accounts_card
            WHERE id = (document ->> 'card')::uuid AND wallet_id = wallet AND status = 'usable'
                AND attention <> 'closed'
        )
        AND NOT EXISTS (SELECT FROM accounts_spendingrules WHERE wallet_id = wallet)
        AND NOT EXISTS (SELECT FROM accounts_shoprule WHERE wallet_id = wallet);
END $$;
