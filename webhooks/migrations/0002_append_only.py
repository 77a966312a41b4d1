from typing import ClassVar

from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies: ClassVar = [("webhooks", "0001_initial")]

    operations: ClassVar = [forbid_changes("webhooks_delivery")]
