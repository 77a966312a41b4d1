from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        forbid_changes("events_event"),
        forbid_changes("events_heardevent"),
        forbid_changes("events_inboundevent"),
        forbid_changes("events_auditrecord"),
        forbid_changes("events_auditseal"),
    ]
