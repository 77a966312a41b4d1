from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_retries"), ("ledger", "0003_post_entry_at_once"), ("events", "0003_at_once")]

    operations = install_functions(
        __file__, "payments_has_noes", "payments_look_at_charge", "payments_reserve", "payments_settle_outcome"
    )
