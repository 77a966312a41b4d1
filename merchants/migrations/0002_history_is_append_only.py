from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("merchants", "0001_initial")]

    operations = [forbid_changes("merchants_merchantstatuschange")]
