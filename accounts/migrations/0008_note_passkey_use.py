from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_closed_cards_do_not_pass")]

    operations = install_functions(__file__, "accounts_note_passkey_use")
