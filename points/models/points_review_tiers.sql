-- Write what a page of wallets bought in a year and the tier that this gave: {"year", "begins", "ends", "after": the last wallet of the
-- page before or null, "most": wallets in a page, "now", "ladder": [[tier, from how many yen]] from the lowest up}. A row that says
-- another spend is put right; one that says the same is not touched. Answers {"wallets": how many were looked at, "last": the last one}.
CREATE OR REPLACE FUNCTION points_review_tiers(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    id_start text := ledger_begin_ids(document);
    page uuid[];
BEGIN
    SELECT array_agg(wallet_id ORDER BY wallet_id) INTO page FROM (
        SELECT DISTINCT wallet_id FROM points_earning
        WHERE heard_at IS NOT NULL AND captured_at >= (document ->> 'begins')::timestamptz
          AND captured_at < (document ->> 'ends')::timestamptz
          AND (document ->> 'after' IS NULL OR wallet_id > (document ->> 'after')::uuid)
        ORDER BY wallet_id LIMIT (document ->> 'most')::int
    ) AS buyers;

    INSERT INTO points_tierstanding AS standing (id, wallet_id, year, spent_minor, tier, reviewed_at)
    SELECT (id_start || lpad(to_hex(row_number() OVER (ORDER BY wallet_id)), 8, '0'))::uuid, wallet_id, (document ->> 'year')::int,
           spent, (
               SELECT step ->> 0 FROM jsonb_array_elements(document -> 'ladder') AS step
               WHERE spent >= (step ->> 1)::bigint ORDER BY (step ->> 1)::bigint DESC LIMIT 1
           ), (document ->> 'now')::timestamptz
    FROM (
        SELECT wallet_id, greatest(sum(base_minor - coalesce(refunded.minor, 0)), 0)::bigint AS spent
        FROM points_earning AS earning
        LEFT JOIN LATERAL (
            SELECT sum(div(earning.base_minor::numeric * (end_minor - start_minor), of_minor)) AS minor
            FROM points_pointstakeback WHERE source_ref = earning.capture_id AND of_minor > 0
        ) AS refunded ON true
        WHERE wallet_id = ANY (page) AND heard_at IS NOT NULL AND captured_at >= (document ->> 'begins')::timestamptz
          AND captured_at < (document ->> 'ends')::timestamptz
        GROUP BY wallet_id
    ) AS sums
    ON CONFLICT (wallet_id, year) DO UPDATE
    SET spent_minor = excluded.spent_minor, tier = excluded.tier, reviewed_at = excluded.reviewed_at
    WHERE (standing.spent_minor, standing.tier) IS DISTINCT FROM (excluded.spent_minor, excluded.tier);

    RETURN jsonb_build_object('wallets', coalesce(cardinality(page), 0), 'last', page[cardinality(page)]);
END $$;
