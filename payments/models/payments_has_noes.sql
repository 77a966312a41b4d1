-- Whether an issuer's no may count against a payment of this wallet with this card: {"wallet_id", "card_token", "since"}. One at
-- another shop counts here too: then the plain verb looks closely.
CREATE OR REPLACE FUNCTION payments_has_noes(document jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM payments_authorization
        WHERE wallet_id = document ->> 'wallet_id' AND status = 'declined' AND response_code <> ''
          AND (begun_at > (document ->> 'since')::timestamptz OR card_token = document ->> 'card_token')
    );
END $$;
