from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("merchants", "0007_dispute_scopes")]

    operations = install_functions(__file__, "merchants_lets_sell")
