from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("events", "0002_only_added_to")]

    operations = install_functions(
        __file__, "events_record", "events_write_audit", "events_claim_key", "events_finish_key"
    )
