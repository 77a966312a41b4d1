from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("points", "0004_refunds_of_a_part")]

    operations = [forbid_changes("points_pointstakeback")]
