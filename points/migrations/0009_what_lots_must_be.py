from django.db import migrations, models

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("points", "0008_earlier_lots")]

    operations = [
        migrations.AddConstraint(
            model_name="pointslot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "pending"),
                    ("funded_at__isnull", False),
                    ("earned_minor", models.F("taken_minor")),
                    _connector="OR",
                ),
                name="points_lot_live_is_funded",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointslot",
            constraint=models.CheckConstraint(condition=models.Q(("earned_minor__gt", 0)), name="points_lot_is_some"),
        ),
        forbid_changes("points_pointsprogram"),
    ]
