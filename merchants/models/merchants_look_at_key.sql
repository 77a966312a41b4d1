-- An API key and whose it is, as they are now: {"key_id"}. Answers {"key", "merchant"}: their rows, or null.
CREATE OR REPLACE FUNCTION merchants_look_at_key(document jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('key', to_jsonb(key), 'merchant', to_jsonb(merchant))
    FROM merchants_apikey AS key JOIN merchants_merchant AS merchant ON merchant.id = key.merchant_id
    WHERE key.id = (document ->> 'key_id')::uuid
$$;
