-- The first 24 of 32 digits of ids to be made now; eight more count up from nought. A UUIDv7 by RFC 9562, section 6.2, method 1: a moment,
-- some chance, and a counter, so that the rows of one statement are in order. The document is not read.
CREATE OR REPLACE FUNCTION ledger_begin_ids(document jsonb) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || substr(chance, 14, 3) || substr(chance, 17, 8)
    FROM replace(gen_random_uuid()::text, '-', '') AS chance
$$;
