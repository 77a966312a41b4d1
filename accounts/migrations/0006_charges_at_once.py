from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_what_issuers_said")]

    operations = install_functions(__file__, "accounts_read_id", "accounts_look_at_card", "accounts_lets_pass")
