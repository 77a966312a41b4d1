-- Write one entry over many owners: {"entry": a row of ledger_entry, "chart": {kind: {"normal_side", "covered"}}, "sums":
-- [{"debit": [prefix, kind], "credit": [prefix, kind], "currency", "lines": [[debtor, creditor, amount_minor]]}]}. Owners are the
-- UUIDs of their ids, and null is the commerce itself. It leaves what `post_entry` leaves for the same lines, one posting for each.
-- Answers the id of the entry. Refuses not_covered, and repeat_differs when the reference was used before, with whatever lines.
CREATE OR REPLACE FUNCTION ledger_post_sums(document jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    wanted ledger_entry := jsonb_populate_record(NULL::ledger_entry, document -> 'entry');
    id_start text := ledger_begin_ids(document);
    debtors text[];
    debit_kinds text[];
    creditors text[];
    credit_kinds text[];
    amounts bigint[];
    currencies text[];
    debits uuid[];
    credits uuid[];
    covered_accounts bigint;
    moved_ids uuid[];
BEGIN
    INSERT INTO ledger_entry SELECT wanted.* ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'repeat_differs' USING ERRCODE = 'VP001',
            DETAIL = jsonb_build_object('source_ref', wanted.source_ref);
    END IF;

    WITH line AS MATERIALIZED (
        SELECT sum -> 'debit' ->> 0 AS debit_prefix, sum -> 'debit' ->> 1 AS debit_kind, (pair ->> 0)::uuid AS debtor,
               sum -> 'credit' ->> 0 AS credit_prefix, sum -> 'credit' ->> 1 AS credit_kind, (pair ->> 1)::uuid AS creditor,
               (pair ->> 2)::bigint AS amount, sum ->> 'currency' AS currency
        FROM jsonb_array_elements(document -> 'sums') AS sum, LATERAL jsonb_array_elements(sum -> 'lines') AS pair
    ), owner AS MATERIALIZED (
        SELECT prefix, known.id, known.owner_ref
        FROM (
            SELECT prefix, jsonb_build_object('prefix', prefix, 'ids', jsonb_agg(id)) AS asked
            FROM (SELECT debit_prefix, debtor FROM line UNION SELECT credit_prefix, creditor FROM line) AS sides (prefix, id)
            WHERE id IS NOT NULL GROUP BY prefix
        ) AS prefixes, LATERAL ledger_owner_refs(asked) AS known
    )
    SELECT array_agg(coalesce(debtor.owner_ref, 'sys')), array_agg(debit_kind), array_agg(coalesce(creditor.owner_ref, 'sys')),
           array_agg(credit_kind), array_agg(amount), array_agg(currency)
    INTO debtors, debit_kinds, creditors, credit_kinds, amounts, currencies
    FROM line
    LEFT JOIN owner AS debtor ON debtor.prefix = debit_prefix AND debtor.id = line.debtor
    LEFT JOIN owner AS creditor ON creditor.prefix = credit_prefix AND creditor.id = line.creditor;

    -- In one order for all: two hands that open the same accounts wait, and never in a circle.
    INSERT INTO ledger_ledgeraccount (id, owner_ref, kind, currency, normal_side, covered, debits_posted, credits_posted,
                                      debits_pending, opened_at)
    SELECT (ledger_begin_ids(document) || '00000000')::uuid, owner_ref, kind, currency, document -> 'chart' -> kind ->> 'normal_side',
           (document -> 'chart' -> kind -> 'covered')::boolean, 0, 0, 0, wanted.posted_at
    FROM (
        SELECT * FROM unnest(debtors, debit_kinds, currencies) UNION SELECT * FROM unnest(creditors, credit_kinds, currencies)
    ) AS side (owner_ref, kind, currency)
    WHERE NOT EXISTS (
        SELECT FROM ledger_ledgeraccount AS known
        WHERE known.owner_ref = side.owner_ref AND known.kind = side.kind AND known.currency = side.currency
    )
    ORDER BY owner_ref, kind, currency
    ON CONFLICT DO NOTHING;

    SELECT array_agg(debit.id), array_agg(credit.id), array_agg(line.amount), array_agg(line.currency)
    INTO debits, credits, amounts, currencies
    FROM unnest(debtors, debit_kinds, creditors, credit_kinds, amounts, currencies)
         AS line (debtor, debit_kind, creditor, credit_kind, amount, currency)
    JOIN ledger_ledgeraccount AS debit
      ON debit.owner_ref = line.debtor AND debit.kind = line.debit_kind AND debit.currency = line.currency
    JOIN ledger_ledgeraccount AS credit
      ON credit.owner_ref = line.creditor AND credit.kind = line.credit_kind AND credit.currency = line.currency;

    -- Only covered accounts have counters. They are locked in the order of ids, as every entry does, and then moved all at once.
    PERFORM FROM ledger_ledgeraccount WHERE id = ANY (debits || credits) AND covered ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS covered_accounts = ROW_COUNT;
    WITH side AS (
        SELECT side.id, sum(side.debit) AS debit, sum(side.credit) AS credit
        FROM (
            SELECT debit, amount, 0 FROM unnest(debits, amounts) AS line (debit, amount)
            UNION ALL SELECT credit, 0, amount FROM unnest(credits, amounts) AS line (credit, amount)
        ) AS side (id, debit, credit)
        GROUP BY side.id
    ), moved AS (
        UPDATE ledger_ledgeraccount AS account
        SET debits_posted = debits_posted + side.debit, credits_posted = credits_posted + side.credit
        FROM side
        WHERE account.id = side.id AND account.covered
          AND credits_posted >= debits_posted + debits_pending + side.debit - side.credit
        RETURNING account.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO moved_ids FROM moved;
    IF cardinality(moved_ids) < covered_accounts THEN
        RAISE EXCEPTION 'not_covered' USING ERRCODE = 'VP001', DETAIL = (
            SELECT jsonb_build_object(
                'available', credits_posted - debits_posted - debits_pending, 'currency', currency,
                'asked', (SELECT sum(amount) FROM unnest(debits, amounts) AS line (debit, amount) WHERE debit = id)
                       - (SELECT coalesce(sum(amount), 0) FROM unnest(credits, amounts) AS line (credit, amount) WHERE credit = id)
            )
            FROM ledger_ledgeraccount WHERE id = ANY (debits) AND covered AND id <> ALL (moved_ids) ORDER BY id LIMIT 1
        );
    END IF;

    INSERT INTO ledger_posting (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
    SELECT (id_start || lpad(to_hex(place), 8, '0'))::uuid, wanted.id, debit, credit, amount, currency
    FROM unnest(debits, credits, amounts, currencies) WITH ORDINALITY AS line (debit, credit, amount, currency, place);
    RETURN wanted.id;
END $$;
