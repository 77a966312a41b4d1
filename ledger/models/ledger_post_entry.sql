-- Write an entry, as the verb `post_entry` does: {"entry": a row of ledger_entry, "accounts": [rows that open if they are
-- new], "account_ids": [theirs, when all are known to be open] or null, "lines": [{"id", "debit", "credit", "amount_minor",
-- "currency"}]}, where debit and credit are places in `accounts`.
-- Answers the id of the entry, or of the first one like it. Refuses repeat_differs, already_countered and not_covered.
CREATE OR REPLACE FUNCTION ledger_post_entry(document jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    wanted ledger_entry;
    first uuid;
    opening ledger_ledgeraccount;
    known uuid;
    account_ids uuid[] := '{}';
    moved record;
BEGIN
    wanted := jsonb_populate_record(NULL::ledger_entry, document -> 'entry');
    INSERT INTO ledger_entry SELECT wanted.* ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT id INTO first FROM ledger_entry WHERE source_ref = wanted.source_ref AND reason = wanted.reason;
        IF first IS NULL THEN
            -- The other unique rule: what this entry would counter has its counter-entry already.
            RAISE EXCEPTION 'already_countered' USING ERRCODE = 'VP001',
                DETAIL = jsonb_build_object('source_ref', wanted.source_ref);
        END IF;
        IF EXISTS (
            WITH written AS (
                SELECT debit.owner_ref, debit.kind, credit.owner_ref, credit.kind, posting.currency, posting.amount_minor
                FROM ledger_posting AS posting
                JOIN ledger_ledgeraccount AS debit ON debit.id = posting.debit_account_id
                JOIN ledger_ledgeraccount AS credit ON credit.id = posting.credit_account_id
                WHERE posting.entry_id = first
            ), asked AS (
                SELECT debit ->> 'owner_ref', debit ->> 'kind', credit ->> 'owner_ref', credit ->> 'kind',
                       line ->> 'currency', (line ->> 'amount_minor')::bigint
                FROM jsonb_array_elements(document -> 'lines') AS line,
                     LATERAL (SELECT document -> 'accounts' -> (line ->> 'debit')::int) AS one (debit),
                     LATERAL (SELECT document -> 'accounts' -> (line ->> 'credit')::int) AS other (credit)
            )
            (TABLE written EXCEPT ALL TABLE asked) UNION ALL (TABLE asked EXCEPT ALL TABLE written)
        ) THEN
            RAISE EXCEPTION 'repeat_differs' USING ERRCODE = 'VP001',
                DETAIL = jsonb_build_object('source_ref', wanted.source_ref);
        END IF;
        RETURN first;
    END IF;

    IF document -> 'account_ids' <> 'null' THEN
        account_ids := ARRAY(SELECT jsonb_array_elements_text(document -> 'account_ids')::uuid);
    ELSE
        -- In the order of the document, which is one for all: two hands that open the same accounts wait, and never in a
        -- circle.
        FOR opening IN SELECT * FROM jsonb_populate_recordset(NULL::ledger_ledgeraccount, document -> 'accounts') LOOP
            SELECT id INTO known FROM ledger_ledgeraccount
            WHERE owner_ref = opening.owner_ref AND kind = opening.kind AND currency = opening.currency;
            IF known IS NULL THEN
                INSERT INTO ledger_ledgeraccount SELECT opening.* ON CONFLICT DO NOTHING;
                SELECT id INTO known FROM ledger_ledgeraccount
                WHERE owner_ref = opening.owner_ref AND kind = opening.kind AND currency = opening.currency;
            END IF;
            account_ids := account_ids || known;
        END LOOP;
    END IF;

    -- Only covered accounts have counters; one conditional UPDATE each, in the order of ids, is check and lock in one. Most
    -- entries touch none.
    IF document @? '$.accounts[*].covered ? (@ == true)' THEN
        FOR moved IN
            SELECT account.id, account.currency, sum(side.debit) AS debit, sum(side.credit) AS credit
            FROM jsonb_array_elements(document -> 'lines') AS line,
                 LATERAL (VALUES
                     ((line ->> 'debit')::int, (line ->> 'amount_minor')::bigint, 0::bigint),
                     ((line ->> 'credit')::int, 0::bigint, (line ->> 'amount_minor')::bigint)
                 ) AS side (place, debit, credit)
                 JOIN ledger_ledgeraccount AS account ON account.id = account_ids[side.place + 1]
            WHERE document -> 'accounts' -> side.place -> 'covered' = 'true'::jsonb
            GROUP BY account.id ORDER BY account.id
        LOOP
            UPDATE ledger_ledgeraccount
            SET debits_posted = debits_posted + moved.debit, credits_posted = credits_posted + moved.credit
            WHERE id = moved.id AND credits_posted >= debits_posted + debits_pending + moved.debit - moved.credit;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'not_covered' USING ERRCODE = 'VP001', DETAIL = (
                    SELECT jsonb_build_object('available', credits_posted - debits_posted - debits_pending,
                                              'asked', moved.debit - moved.credit, 'currency', currency)
                    FROM ledger_ledgeraccount WHERE id = moved.id
                );
            END IF;
        END LOOP;
    END IF;

    INSERT INTO ledger_posting (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
    SELECT (line ->> 'id')::uuid, wanted.id, account_ids[(line ->> 'debit')::int + 1],
           account_ids[(line ->> 'credit')::int + 1], (line ->> 'amount_minor')::bigint, line ->> 'currency'
    FROM jsonb_array_elements(document -> 'lines') AS line;
    RETURN wanted.id;
END $$;
