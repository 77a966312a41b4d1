-- What the owners are called in the books: {"prefix": "wal", "ids": [UUIDs]}. The same as `common.ids.public_id`, for many at once.
--
-- 130 bits, two of them empty, become 26 letters of five bits: three numbers of forty bits and one of ten are spread, each five bits
-- into a byte of their own, by three shifts of halves; the bytes from 0x40 on are then translated into Crockford's letters. OFFSET 0
-- keeps each step from being computed anew wherever the next one names it.
CREATE OR REPLACE FUNCTION ledger_owner_refs(document jsonb) RETURNS TABLE (id uuid, owner_ref text)
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT spread.id, (document ->> 'prefix') || '_' || translate(convert_from(decode(
               to_hex(((a & x'03e003e003e003e0'::bigint) << 3 | (a & x'001f001f001f001f'::bigint)) + x'4040404040404040'::bigint)
            || to_hex(((b & x'03e003e003e003e0'::bigint) << 3 | (b & x'001f001f001f001f'::bigint)) + x'4040404040404040'::bigint)
            || to_hex(((c & x'03e003e003e003e0'::bigint) << 3 | (c & x'001f001f001f001f'::bigint)) + x'4040404040404040'::bigint)
            || to_hex(((low & 992) << 3 | (low & 31)) + 16448), 'hex'), 'LATIN1'),
               '@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_', '0123456789abcdefghjkmnpqrstvwxyz')
    FROM (
        SELECT tens.id, low,
               (a & x'000ffc00000ffc00'::bigint) << 6 | (a & x'000003ff000003ff'::bigint) AS a,
               (b & x'000ffc00000ffc00'::bigint) << 6 | (b & x'000003ff000003ff'::bigint) AS b,
               (c & x'000ffc00000ffc00'::bigint) << 6 | (c & x'000003ff000003ff'::bigint) AS c
        FROM (
            SELECT forties.id, low,
                   (a & x'fffff00000'::bigint) << 12 | (a & x'fffff'::bigint) AS a,
                   (b & x'fffff00000'::bigint) << 12 | (b & x'fffff'::bigint) AS b,
                   (c & x'fffff00000'::bigint) << 12 | (c & x'fffff'::bigint) AS c
            FROM (
                SELECT halves.id, low,
                       high >> 26 & x'3fffffffff'::bigint AS a,
                       (high & x'3ffffff'::bigint) << 14 | (low >> 50 & x'3fff'::bigint) AS b,
                       low >> 10 & x'ffffffffff'::bigint AS c
                FROM (
                    SELECT named.id, ('x' || left(digits, 16))::bit(64)::bigint AS high,
                           ('x' || right(digits, 16))::bit(64)::bigint AS low
                    FROM (
                        SELECT owner::uuid AS id, replace(owner, '-', '') AS digits
                        FROM jsonb_array_elements_text(document -> 'ids') AS owner OFFSET 0
                    ) AS named OFFSET 0
                ) AS halves OFFSET 0
            ) AS forties OFFSET 0
        ) AS tens OFFSET 0
    ) AS spread
$$;
