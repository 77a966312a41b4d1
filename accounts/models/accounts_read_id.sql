-- The UUID inside an id as other rooms keep it: {"id": "card_01k…"}. The reverse of `common.ids.public_id`.
CREATE OR REPLACE FUNCTION accounts_read_id(document jsonb) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(lpad(to_hex(substr(written.bits, 3 + 32 * part, 32)::bit(32)::bigint), 8, '0'), '' ORDER BY part)::uuid
    FROM (
        SELECT string_agg(
            (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(split_part(document ->> 'id', '_', 2), place, 1)) - 1)::bit(5)::text,
            '' ORDER BY place
        ) AS bits
        FROM generate_series(1, 26) AS place
    ) AS written, generate_series(0, 3) AS part
    GROUP BY written.bits
$$;
