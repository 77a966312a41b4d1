from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        forbid_changes("ledger_entry"),
        forbid_changes("ledger_posting"),
        # Once per statement and not per row: a posting that speaks another currency than its accounts would unbalance
        # the books without any sum showing it, and nothing is posted to a closed account. The accounts are named with
        # their schema: a session's own temporary table of that name would be found first.
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION ledger_refuse_posting() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (
                    SELECT FROM written
                    JOIN public.ledger_ledgeraccount AS debit ON debit.id = written.debit_account_id
                    JOIN public.ledger_ledgeraccount AS credit ON credit.id = written.credit_account_id
                    WHERE written.currency <> debit.currency OR written.currency <> credit.currency
                       OR debit.closed_at IS NOT NULL OR credit.closed_at IS NOT NULL
                ) THEN
                    RAISE EXCEPTION 'a posting speaks the currency of both its accounts, and both are open'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_fits_accounts';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER ledger_posting_fits_accounts AFTER INSERT ON ledger_posting
                REFERENCING NEW TABLE AS written
                FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_posting();
            """,
            reverse_sql="""
            DROP TRIGGER ledger_posting_fits_accounts ON ledger_posting;
            DROP FUNCTION ledger_refuse_posting();
            """,
        ),
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION ledger_refuse_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'a ledger account is never deleted, never another one, and its counters only grow'
                    USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER ledger_account_stays BEFORE UPDATE ON ledger_ledgeraccount FOR EACH ROW
                WHEN (NEW.id <> OLD.id OR NEW.owner_ref <> OLD.owner_ref OR NEW.kind <> OLD.kind
                      OR NEW.currency <> OLD.currency OR NEW.normal_side <> OLD.normal_side
                      OR NEW.covered <> OLD.covered OR NEW.debits_posted < OLD.debits_posted
                      OR NEW.credits_posted < OLD.credits_posted)
                EXECUTE FUNCTION ledger_refuse_account_change();
            CREATE TRIGGER ledger_account_never_deleted BEFORE DELETE ON ledger_ledgeraccount
                FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_account_change();
            CREATE TRIGGER ledger_account_never_truncated BEFORE TRUNCATE ON ledger_ledgeraccount
                FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_account_change();
            """,
            reverse_sql="""
            DROP TRIGGER ledger_account_stays ON ledger_ledgeraccount;
            DROP TRIGGER ledger_account_never_deleted ON ledger_ledgeraccount;
            DROP TRIGGER ledger_account_never_truncated ON ledger_ledgeraccount;
            DROP FUNCTION ledger_refuse_account_change();
            """,
        ),
    ]
