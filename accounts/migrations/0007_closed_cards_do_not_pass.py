from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    """A card that its issuer has closed does not pass, as it does not when asked in any other way."""

    dependencies = [("accounts", "0006_charges_at_once")]

    operations = install_functions(__file__, "accounts_lets_pass")
