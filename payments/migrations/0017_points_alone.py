from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Points may pay all of a payment: then its authorization names no card, and asks nobody for anything."""

    dependencies = [("payments", "0016_receipts_that_shops_cannot_lay_side_by_side")]

    operations = [
        migrations.RemoveConstraint(model_name="authorization", name="authorization_amount_positive"),
        migrations.AlterField(
            model_name="authorization",
            name="card_id",
            field=models.CharField(blank=True, default="", max_length=31, verbose_name="card"),
        ),
        migrations.AlterField(
            model_name="authorization",
            name="card_token",
            field=models.CharField(blank=True, default="", max_length=31),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                name="authorization_asks_a_card_or_nobody",
                condition=(Q(amount_minor__gt=0) & ~Q(card_id="") & ~Q(card_token=""))
                | Q(amount_minor=0, card_id="", card_token=""),
            ),
        ),
    ]
