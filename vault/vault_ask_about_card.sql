-- Write a question down and read the card that it is about, in one trip: {"message", "audit"} as
-- `vault_write_question` takes them, {"card": the id that its token stands for}.
-- Answers nothing, and writes nothing, when the message's owner has no such card or forgot it; else {"is_new": whether it was
-- written now, "card": a row of vault_cardrecord, "key": its row of vault_ownerkey}.
CREATE OR REPLACE FUNCTION vault_ask_about_card(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    found jsonb;
BEGIN
    SELECT jsonb_build_object('card', to_jsonb(card), 'key', to_jsonb(key)) INTO found
    FROM vault_cardrecord card JOIN vault_ownerkey key ON key.id = card.owner_key_id
    WHERE card.id = (document ->> 'card')::uuid AND card.owner_ref = document -> 'message' ->> 'owner_ref'
        AND card.forgotten_at IS NULL;
    IF found IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN found || jsonb_build_object('is_new', vault_write_question(document));
END $$;
