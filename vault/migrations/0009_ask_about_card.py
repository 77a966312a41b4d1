from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("vault", "0008_what_receipts_stated")]

    operations = install_functions(__file__, "vault_ask_about_card")
