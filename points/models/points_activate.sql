-- One page of `activate_points`: {"now", "most": how many lots, "after": where the page before ended, or null} and the "entry" and
-- "chart" of ledger_post_sums. Lots that another hand has locked are left to it, and lots of wallets that owe points to the plain
-- verb, which recovers them. Answers {"lots", "points", "after"}.
CREATE OR REPLACE FUNCTION points_activate(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := document ->> 'now';
    id_start text := ledger_begin_ids(document);
    page jsonb;
BEGIN
    -- While a page is written no wallet begins to owe: `points.locks` says who waits for whom.
    PERFORM pg_advisory_xact_lock((document ->> 'lock')::integer, 0);
    WITH due AS MATERIALIZED (
        -- What is due at the same instant is taken in the order of wallets: each is met once, and its counter moves once.
        SELECT id, available_from, wallet_id, remaining_minor AS live, funded_at IS NULL AS unfunded FROM points_pointslot AS lot
        WHERE status = 'pending' AND available_from <= moment AND (available_from, wallet_id, id) > (
            coalesce((document -> 'after' ->> 0)::timestamptz, '-infinity'),
            coalesce((document -> 'after' ->> 1)::uuid, '00000000-0000-0000-0000-000000000000'),
            coalesce((document -> 'after' ->> 2)::uuid, '00000000-0000-0000-0000-000000000000')
        ) AND NOT EXISTS (SELECT FROM points_pointslot AS owing WHERE owing.wallet_id = lot.wallet_id AND owing.owed_minor > 0)
        ORDER BY available_from, wallet_id, id LIMIT (document ->> 'most')::integer
        FOR NO KEY UPDATE OF lot SKIP LOCKED
    ), live AS (
        UPDATE points_pointslot AS lot
        SET status = 'live', funded_at = coalesce(funded_at, moment), version = version + 1
        FROM due WHERE lot.id = due.id
        RETURNING lot.id, lot.wallet_id, lot.merchant_id, lot.payment_id, lot.source_ref, lot.version, due.live, due.unfunded
    ), noted AS (
        INSERT INTO points_pointslotchange (id, lot_id, wallet_id, version, change, amount_minor, status, source_ref, payment_id,
                                            merchant_id, at)
        SELECT (id_start || lpad(to_hex(row_number() OVER ()), 8, '0'))::uuid, id, wallet_id, version, 'activated', live, 'live',
               source_ref, payment_id, merchant_id, moment
        FROM live
    ), wallets AS (
        SELECT wallet_id, sum(live) AS live FROM live GROUP BY wallet_id
    ), funders AS (
        SELECT merchant_id, sum(live) AS live FROM live WHERE unfunded GROUP BY merchant_id
    )
    SELECT jsonb_build_object(
        'lots', (SELECT count(*) FROM due),
        'points', (SELECT sum(live) FROM wallets),
        'after', (
            SELECT jsonb_build_array(available_from, wallet_id, id) FROM due
            ORDER BY available_from DESC, wallet_id DESC, id DESC LIMIT 1
        ),
        'sums', jsonb_build_array(
            jsonb_build_object('debit', '["wal", "points_pending"]'::jsonb, 'credit', '["wal", "points_live"]'::jsonb,
                               'currency', 'PTS', 'lines', (
                SELECT jsonb_agg(jsonb_build_array(wallet_id, wallet_id, live)) FROM wallets
            )),
            jsonb_build_object('debit', '["mer", "merchant_payable"]'::jsonb, 'credit', '["mer", "points_reserve"]'::jsonb,
                               'currency', 'JPY', 'lines', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(merchant_id, merchant_id, live)), '[]')
                FROM funders WHERE merchant_id IS NOT NULL
            )),
            jsonb_build_object('debit', '["", "points_cost"]'::jsonb, 'credit', '["", "points_reserve"]'::jsonb,
                               'currency', 'JPY', 'lines', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(NULL, NULL, live)), '[]') FROM funders WHERE merchant_id IS NULL
            ))
        )
    ) INTO page;
    IF (page ->> 'lots')::bigint > 0 THEN
        PERFORM ledger_post_sums(document || jsonb_build_object('sums', page -> 'sums'));
    END IF;
    RETURN page - 'sums';
END $$;
