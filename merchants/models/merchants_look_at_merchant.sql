-- A merchant as it is now: {"merchant_id"}. Answers its row, or null.
CREATE OR REPLACE FUNCTION merchants_look_at_merchant(document jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(merchant) FROM merchants_merchant AS merchant WHERE merchant.id = (document ->> 'merchant_id')::uuid
$$;
