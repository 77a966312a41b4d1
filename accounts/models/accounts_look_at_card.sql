-- Which card would pay, and whether its owner has rules that a payment must be held against: {"wallet_id", "card_id"}. Answers
-- {"card": its row or null, "has_rules": …}. It takes no lock: who relies on the answer asks `accounts_lets_pass` in the
-- commit that does.
CREATE OR REPLACE FUNCTION accounts_look_at_card(document jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    wallet uuid := accounts_read_id(jsonb_build_object('id', document -> 'wallet_id'));
    card uuid := accounts_read_id(jsonb_build_object('id', document -> 'card_id'));
BEGIN
    RETURN jsonb_build_object(
        'card', (SELECT to_jsonb(one) FROM accounts_card AS one WHERE id = card AND wallet_id = wallet AND status <> 'removed'),
        'has_rules',
        EXISTS (SELECT FROM accounts_spendingrules WHERE wallet_id = wallet)
        OR EXISTS (SELECT FROM accounts_shoprule WHERE wallet_id = wallet)
    );
END $$;
