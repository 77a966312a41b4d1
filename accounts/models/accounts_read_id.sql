-- The UUID inside an id as other rooms keep it: {"id": "card_01k…"}. The reverse of `common.ids.public_id`.
CREATE OR REPLACE FUNCTION accounts_read_id(document jsonb) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    letters text := split_part(document ->> 'id', '_', 2);
    high bigint := 0;
    low bigint := 0;
BEGIN
    -- 26 letters of five bits, the first of three: 13 of them are the 63 bits above the lower 65.
    FOR place IN 1 .. 13 LOOP
        high := (high << 5) | (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(letters, place, 1)) - 1);
        low := (low << 5) | (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(letters, 13 + place, 1)) - 1);
    END LOOP;
    -- The 65th bit was pushed out of `low`: it is the first of the fourteenth letter.
    high := (high << 1) | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(letters, 14, 1)) - 1) >> 4);
    RETURN (lpad(to_hex(high), 16, '0') || lpad(to_hex(low), 16, '0'))::uuid;
END $$;
