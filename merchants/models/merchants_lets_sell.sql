-- Whether a merchant may take payments: {"merchant_id"}. It is admitted, and was not suspended before this moment.
CREATE OR REPLACE FUNCTION merchants_lets_sell(document jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM merchants_merchant WHERE id = (document ->> 'merchant_id')::uuid AND status = 'admitted'
    )
$$;
