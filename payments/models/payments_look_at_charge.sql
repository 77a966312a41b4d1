-- Everything that a charge under a grant is judged by, as it is at one moment, without locks: {"grant_id",
-- "noes_since"}. Answers {"grant", "merchant", "card", "has_rules", "has_noes"}, or null when nothing can be charged under it.
CREATE OR REPLACE FUNCTION payments_look_at_charge(document jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    permission payments_grant;
    card jsonb;
BEGIN
    SELECT * INTO permission FROM payments_grant WHERE id = (document ->> 'grant_id')::uuid;
    IF NOT FOUND OR permission.status <> 'active' THEN
        RETURN NULL;
    END IF;
    card := accounts_look_at_card(jsonb_build_object('wallet_id', permission.wallet_id, 'card_id', permission.card_id));
    RETURN card || jsonb_build_object(
        'grant', to_jsonb(permission),
        'merchant', merchants_look_at_merchant(jsonb_build_object('merchant_id', permission.merchant_id)),
        'has_noes', payments_has_noes(jsonb_build_object(
            'wallet_id', permission.wallet_id, 'card_token', card -> 'card' -> 'card_token', 'since', document -> 'noes_since'
        ))
    );
END $$;
