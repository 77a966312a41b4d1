from django.db import migrations, models

import common.ids
from common.second_signature import keep_parameters


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0017_when_held_points_expire"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConversionsProposal",
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
                ("id", common.ids.PublicIdField(editable=False, prefix="cvr", primary_key=True, serialize=False)),
                ("merchant_id", common.ids.PublicIdField(prefix="mer", verbose_name="merchant")),
                ("most_each_minor", models.PositiveIntegerField(verbose_name="most points of one conversion")),
                ("most_per_month_minor", models.PositiveBigIntegerField(verbose_name="most points in a month")),
            ],
            options={
                "verbose_name": "permit to convert old points",
                "verbose_name_plural": "permits to convert old points",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "proposed")),
                        fields=["expires_at"],
                        name="conversionsproposal_open",
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
                        name="conversionsproposal_four_eyes",
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
                        name="conversionsproposal_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("most_each_minor__gte", 1), ("most_per_month_minor__gte", models.F("most_each_minor"))
                        ),
                        name="conversions_proposal_limits",
                    ),
                ],
            },
        ),
        keep_parameters("points_conversionsproposal"),
    ]
