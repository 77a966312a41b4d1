from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("merchants", "0010_departures")]

    operations = install_functions(__file__, "merchants_look_at_key", "merchants_note_api_requests")
