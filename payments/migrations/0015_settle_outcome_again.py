from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    """The issuer's line of the card check is written too."""

    dependencies = [("payments", "0014_parts_of_what_was_refunded")]

    operations = install_functions(__file__, "payments_settle_outcome")
