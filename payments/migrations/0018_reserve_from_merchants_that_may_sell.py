from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    """The commit of a charge looks once more at the merchant, and at what the issuer said of the card."""

    dependencies = [
        ("payments", "0017_points_alone"),
        ("accounts", "0007_closed_cards_do_not_pass"),
        ("merchants", "0008_suspended_merchants_do_not_sell"),
    ]

    operations = install_functions(__file__, "payments_reserve")
