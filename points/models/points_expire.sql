-- One page of `expire_points`: {"now", "most": how many lots, "after": where the page before ended, or null} and the "entry" and
-- "chart" of ledger_post_sums. Lots that another hand has locked are left to it. Answers {"lots", "points", "after"}.
CREATE OR REPLACE FUNCTION points_expire(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := document ->> 'now';
    id_start text := ledger_begin_ids(document);
    page jsonb;
BEGIN
    WITH due AS MATERIALIZED (
        -- Months of lots end at the same midnight. In the order of wallets, each is met once, and its counter moves once.
        SELECT id, expires_at, wallet_id, remaining_minor AS ended FROM points_pointslot
        WHERE status = 'live' AND remaining_minor > 0 AND expires_at <= moment AND (expires_at, wallet_id, id) > (
            coalesce((document -> 'after' ->> 0)::timestamptz, '-infinity'),
            coalesce((document -> 'after' ->> 1)::uuid, '00000000-0000-0000-0000-000000000000'),
            coalesce((document -> 'after' ->> 2)::uuid, '00000000-0000-0000-0000-000000000000')
        )
        ORDER BY expires_at, wallet_id, id LIMIT (document ->> 'most')::integer
        FOR NO KEY UPDATE SKIP LOCKED
    ), ended AS (
        UPDATE points_pointslot AS lot
        SET status = 'expired', expired_minor = expired_minor + remaining_minor, remaining_minor = 0, version = version + 1
        FROM due WHERE lot.id = due.id
        RETURNING lot.id, lot.wallet_id, lot.merchant_id, lot.payment_id, lot.version, due.ended
    ), noted AS (
        INSERT INTO points_pointslotchange (id, lot_id, wallet_id, version, change, amount_minor, status, source_ref, payment_id,
                                            merchant_id, at)
        SELECT (id_start || lpad(to_hex(row_number() OVER ()), 8, '0'))::uuid, id, wallet_id, version, 'expired', ended, 'expired',
               document -> 'entry' ->> 'source_ref', payment_id, merchant_id, moment
        FROM ended
    ), points AS (
        SELECT wallet_id, merchant_id, sum(ended) AS ended FROM ended GROUP BY wallet_id, merchant_id
    ), funders AS (
        SELECT merchant_id, sum(ended) AS ended FROM points GROUP BY merchant_id
    )
    SELECT jsonb_build_object(
        'lots', (SELECT count(*) FROM due),
        'points', (SELECT sum(ended) FROM funders),
        'after', (
            SELECT jsonb_build_array(expires_at, wallet_id, id) FROM due ORDER BY expires_at DESC, wallet_id DESC, id DESC LIMIT 1
        ),
        'sums', jsonb_build_array(
            jsonb_build_object('debit', '["wal", "points_live"]'::jsonb, 'credit', '["mer", "points_issued"]'::jsonb,
                               'currency', 'PTS', 'lines', (
                SELECT jsonb_agg(jsonb_build_array(wallet_id, merchant_id, ended)) FROM points
            )),
            jsonb_build_object('debit', '["mer", "points_reserve"]'::jsonb, 'credit', '["mer", "merchant_payable"]'::jsonb,
                               'currency', 'JPY', 'lines', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(merchant_id, merchant_id, ended)), '[]')
                FROM funders WHERE merchant_id IS NOT NULL
            )),
            jsonb_build_object('debit', '["", "points_reserve"]'::jsonb, 'credit', '["", "points_cost"]'::jsonb,
                               'currency', 'JPY', 'lines', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(NULL, NULL, ended)), '[]') FROM funders WHERE merchant_id IS NULL
            ))
        )
    ) INTO page;
    IF (page ->> 'lots')::bigint > 0 THEN
        PERFORM ledger_post_sums(document || jsonb_build_object('sums', page -> 'sums'));
    END IF;
    RETURN page - 'sums';
END $$;
