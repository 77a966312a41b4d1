import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.second_signature import keep_parameters


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0020_fewer_indexes_and_locks"),
    ]

    operations = [
        migrations.CreateModel(
            name="DisputeAcceptance",
            fields=[
                ("reason", models.TextField(max_length=500, verbose_name="reason")),
                ("digest", models.CharField(editable=False, max_length=64, verbose_name="digest")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("made", "Done"),
                            ("turned_down", "Turned down"),
                            ("expired", "Not signed in time"),
                        ],
                        default="proposed",
                        max_length=11,
                        verbose_name="status",
                    ),
                ),
                ("proposed_by", models.CharField(max_length=40, verbose_name="proposed by")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                ("expires_at", models.DateTimeField(verbose_name="to be signed before")),
                ("decided_by", models.CharField(blank=True, default="", max_length=40, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("id", common.ids.PublicIdField(editable=False, prefix="dac", primary_key=True, serialize=False)),
                ("dispute_version", models.PositiveIntegerField(verbose_name="version")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount in minor units")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to="payments.dispute",
                        verbose_name="dispute",
                    ),
                ),
            ],
            options={
                "verbose_name": "acceptance for a shop",
                "verbose_name_plural": "acceptances for shops",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "proposed")), fields=["expires_at"], name="disputeacceptance_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "made"), _negated=True),
                            models.Q(
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disputeacceptance_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by", ""), ("status", "proposed")),
                            models.Q(
                                models.Q(("status", "proposed"), _negated=True),
                                ("decided_at__isnull", False),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disputeacceptance_decided_by_somebody",
                    ),
                ],
            },
        ),
        keep_parameters("payments_disputeacceptance"),
    ]
