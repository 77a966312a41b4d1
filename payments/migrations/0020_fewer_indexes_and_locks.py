import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What no question needs is not written in every commit, and no shop's row is locked by all who pay there."""

    dependencies = [("payments", "0019_approvals_at_once")]

    operations = [
        migrations.RemoveIndex(model_name="capture", name="capture_booked"),
        migrations.AlterField(
            model_name="authorization",
            name="approval",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="authorizations",
                to="payments.approval",
                verbose_name="approval",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="merchant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.merchant",
                verbose_name="merchant",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.shop",
                verbose_name="shop",
            ),
        ),
        migrations.AlterField(
            model_name="paymentstatuschange",
            name="payment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="payments.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(
                condition=models.Q(("approval__isnull", False)), fields=["approval"], name="authorization_of_approval"
            ),
        ),
    ]
