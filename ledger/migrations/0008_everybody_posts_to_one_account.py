import django.db.models.deletion
from django.db import migrations, models

from common.functions import install_functions


def _account(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="ledger.ledgeraccount",
        verbose_name=name,
    )


class Migration(migrations.Migration):
    """The accounts of a posting are looked at by its trigger alone, which refuses those that are not there too.

    A foreign key locks the row that it points at: with the accounts of the network and of fees, which are in every
    entry, and of a hot shop, that was a list of lockers for each commit to write.
    """

    dependencies = [("ledger", "0007_points_for_every_shop")]

    operations = [
        migrations.AlterField(model_name="posting", name="debit_account", field=_account("debit")),
        migrations.AlterField(model_name="posting", name="credit_account", field=_account("credit")),
        migrations.RunSQL(
            sql="""
            CREATE OR REPLACE FUNCTION ledger_refuse_posting() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (
                    SELECT FROM written
                    LEFT JOIN public.ledger_ledgeraccount AS debit ON debit.id = written.debit_account_id
                    LEFT JOIN public.ledger_ledgeraccount AS credit ON credit.id = written.credit_account_id
                    WHERE (written.currency = debit.currency AND written.currency = credit.currency
                           AND debit.closed_at IS NULL AND credit.closed_at IS NULL) IS NOT TRUE
                ) THEN
                    RAISE EXCEPTION 'a posting speaks the currency of both its accounts, and both are open'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_fits_accounts';
                END IF;
                RETURN NULL;
            END $$;
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
        *install_functions(__file__, "ledger_post_entry"),
    ]
