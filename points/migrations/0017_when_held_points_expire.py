from django.db import migrations, models

from common.functions import install_functions

HELD_BY_NOW = """
UPDATE points_pointsuse AS held SET expires_at = lot.expires_at
FROM points_pointslot AS lot WHERE lot.id = held.lot_id AND held.status = 'held'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0016_lots_become_live_by_wallets"),
    ]

    operations = [
        migrations.AddField(
            model_name="pointsuse",
            name="expires_at",
            field=models.DateTimeField(null=True, verbose_name="expires at"),
        ),
        migrations.RunSQL(sql=HELD_BY_NOW, reverse_sql=migrations.RunSQL.noop),
        *install_functions(__file__, "points_expire"),
    ]
