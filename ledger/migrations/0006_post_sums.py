from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_what_a_merchant_owes")]

    operations = install_functions(__file__, "ledger_owner_refs", "ledger_begin_ids", "ledger_post_sums")
