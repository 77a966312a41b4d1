-- One page of `set_aside_for_leavers`: {"now", "merchant_id", "most": how many lots, "after": where the page before ended, or null} and
-- the "entry" and "chart" of ledger_post_sums. Lots that another hand has locked are left to it. Answers {"lots", "points", "after"}.
CREATE OR REPLACE FUNCTION points_set_aside(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := document ->> 'now';
    merchant uuid := document ->> 'merchant_id';
    id_start text := ledger_begin_ids(document);
    page jsonb;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT id, remaining_minor AS pending FROM points_pointslot
        WHERE status = 'pending' AND merchant_id = merchant AND funded_at IS NULL
          AND id > coalesce((document ->> 'after')::uuid, '00000000-0000-0000-0000-000000000000')
        ORDER BY id LIMIT (document ->> 'most')::integer
        FOR NO KEY UPDATE SKIP LOCKED
    ), funded AS (
        UPDATE points_pointslot AS lot SET funded_at = moment, version = version + 1
        FROM due WHERE lot.id = due.id
        RETURNING lot.id, lot.wallet_id, lot.payment_id, lot.version, due.pending
    ), noted AS (
        INSERT INTO points_pointslotchange (id, lot_id, wallet_id, version, change, amount_minor, status, source_ref, payment_id,
                                            merchant_id, at)
        SELECT (id_start || lpad(to_hex(row_number() OVER ()), 8, '0'))::uuid, id, wallet_id, version, 'funded', pending, 'pending',
               document -> 'entry' ->> 'source_ref', payment_id, merchant, moment
        FROM funded
    )
    SELECT jsonb_build_object('lots', count(*), 'points', sum(pending), 'after', (SELECT id FROM due ORDER BY id DESC LIMIT 1))
    INTO page FROM funded;
    IF (page ->> 'lots')::bigint > 0 THEN
        PERFORM ledger_post_sums(document || jsonb_build_object('sums', jsonb_build_array(jsonb_build_object(
            'debit', '["mer", "merchant_payable"]'::jsonb, 'credit', '["mer", "points_reserve"]'::jsonb, 'currency', 'JPY',
            'lines', jsonb_build_array(jsonb_build_array(merchant, merchant, page -> 'points'))
        ))));
    END IF;
    RETURN page;
END $$;
