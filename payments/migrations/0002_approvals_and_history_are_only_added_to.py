from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [forbid_changes("payments_approval"), forbid_changes("payments_paymentstatuschange")]
