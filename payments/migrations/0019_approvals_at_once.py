from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0018_reserve_from_merchants_that_may_sell"),
        ("accounts", "0008_note_passkey_use"),
    ]

    operations = install_functions(__file__, "payments_approve")
