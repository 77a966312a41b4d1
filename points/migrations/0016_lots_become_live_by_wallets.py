from django.db import migrations, models

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0015_conversions"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="pointslot",
            name="points_lot_to_activate",
        ),
        migrations.AddIndex(
            model_name="pointslot",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["available_from", "wallet_id", "id"],
                name="points_lot_to_activate",
            ),
        ),
        *install_functions(__file__, "points_activate"),
    ]
