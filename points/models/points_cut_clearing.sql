-- The points clearings of one month, for everybody at once: {"month", "since", "until", "now", "lock", "months": the lock on
-- the month, "effects": {kind: {"reserve", "net"}}}. Reads the history of lots; what each kind of change means is said in
-- `points.clearing`. Parties without a merchant are the commerce itself. Answers how many statements were cut: none when nothing
-- happened in it, it was cut before, or another hand is at it.
CREATE OR REPLACE FUNCTION points_cut_clearing(document jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    of_month date := document ->> 'month';
    clearing_start text := ledger_begin_ids(document);
    line_start text := ledger_begin_ids(document);
    cut bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock((document ->> 'lock')::integer, 1)
        OR EXISTS (SELECT FROM points_pointsclearing WHERE month = of_month) THEN
        RETURN 0;
    END IF;
    -- A timer may be writing a page that belongs to this month still; the questions below see what it wrote.
    PERFORM pg_advisory_xact_lock((document -> 'months' ->> 0)::integer, (document -> 'months' ->> 1)::integer);
    WITH happened AS MATERIALIZED (
        SELECT note.change, lot.merchant_id AS funder, place, sum(note.amount_minor) AS amount, count(*) AS changes
        FROM points_pointslotchange AS note
        JOIN points_pointslot AS lot ON lot.id = note.lot_id
        LEFT JOIN points_pointslot AS other ON other.id = note.other_lot_id,
        -- What was lent before lots were named in both directions names the other shop itself.
        LATERAL (SELECT CASE WHEN note.change IN ('lent', 'returned') AND note.other_lot_id IS NOT NULL THEN other.merchant_id
                             WHEN note.change IN ('lent', 'redeemed', 'given_back') THEN note.merchant_id END) AS places (place)
        WHERE note.at >= (document ->> 'since')::timestamptz AND note.at < (document ->> 'until')::timestamptz
          AND note.amount_minor > 0 AND CASE note.change
              WHEN 'earned' THEN lot.from_wallet_id IS NULL
              -- Their worth was set aside before, when their shop left.
              WHEN 'activated' THEN NOT EXISTS (
                  SELECT FROM points_pointslotchange AS earlier WHERE earlier.lot_id = note.lot_id AND earlier.change = 'funded'
              )
              -- Pending points have no worth yet, and those that leave for a loan that is repaid are stated with it.
              WHEN 'taken_back' THEN note.other_lot_id IS NULL AND (lot.from_wallet_id IS NOT NULL OR EXISTS (
                  SELECT FROM points_pointslotchange AS earlier
                  WHERE earlier.lot_id = note.lot_id AND earlier.version < note.version AND earlier.change IN ('activated', 'funded')
              ))
              ELSE note.change IN ('funded', 'expired', 'redeemed', 'given_back', 'lent', 'returned')
          END
        GROUP BY note.change, lot.merchant_id, place
    ), line AS MATERIALIZED (
        SELECT side.party, side.kind, side.counterparty, sum(amount) AS amount, sum(changes) AS changes
        FROM happened, LATERAL (SELECT funder IS NOT DISTINCT FROM place) AS same (home), LATERAL (VALUES
            (funder, CASE change
                WHEN 'earned' THEN 'issued' WHEN 'activated' THEN 'set_aside' WHEN 'funded' THEN 'set_aside'
                WHEN 'expired' THEN 'expired' WHEN 'taken_back' THEN 'taken_back'
                WHEN 'redeemed' THEN CASE WHEN home THEN 'spent_at_home' ELSE 'spent_elsewhere' END
                WHEN 'given_back' THEN CASE WHEN home THEN 'returned_at_home' ELSE 'returned_elsewhere' END
                WHEN 'lent' THEN CASE WHEN home THEN 'taken_back' ELSE 'lent' END
                WHEN 'returned' THEN CASE WHEN home THEN NULL ELSE 'repaid_to' END
            END, CASE WHEN home THEN NULL ELSE place END),
            (place, CASE WHEN NOT home THEN CASE change
                WHEN 'redeemed' THEN 'spent_here' WHEN 'given_back' THEN 'returned_here'
                WHEN 'lent' THEN 'borrowed' WHEN 'returned' THEN 'repaid_by'
            END END, funder)
        ) AS side (party, kind, counterparty)
        WHERE side.kind IS NOT NULL
        GROUP BY side.party, side.kind, side.counterparty
    ), total AS (
        SELECT party, sum(amount * (document -> 'effects' -> kind ->> 'reserve')::integer) AS reserve,
               sum(amount * (document -> 'effects' -> kind ->> 'net')::integer) AS net
        FROM line GROUP BY party
    ), clearing AS (
        INSERT INTO points_pointsclearing (id, month, merchant_id, opening_minor, closing_minor, net_minor, cut_at)
        SELECT (clearing_start || lpad(to_hex(row_number() OVER (ORDER BY party)), 8, '0'))::uuid, of_month, party, opening,
               opening + reserve, net, (document ->> 'now')::timestamptz
        FROM total, LATERAL (SELECT coalesce((
            SELECT earlier.closing_minor FROM points_pointsclearing AS earlier
            WHERE earlier.merchant_id IS NOT DISTINCT FROM party AND earlier.month < of_month ORDER BY earlier.month DESC LIMIT 1
        ), 0)) AS before (opening)
        RETURNING id, merchant_id
    ), stated AS (
        INSERT INTO points_pointsclearingline (id, clearing_id, kind, counterparty_id, amount_minor, changes)
        SELECT (line_start || lpad(to_hex(row_number() OVER (ORDER BY party, kind, counterparty)), 8, '0'))::uuid, clearing.id, kind,
               counterparty, amount, changes
        FROM line JOIN clearing ON clearing.merchant_id IS NOT DISTINCT FROM line.party
    )
    SELECT count(*) INTO cut FROM clearing;
    RETURN cut;
END $$;
