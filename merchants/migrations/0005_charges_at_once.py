from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("merchants", "0004_request_log")]

    operations = install_functions(__file__, "merchants_look_at_merchant")
