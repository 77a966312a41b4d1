import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.second_signature import keep_parameters


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0009_points_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
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
                ("id", common.ids.PublicIdField(editable=False, prefix="dpt", primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="merchants.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "departure of a merchant",
                "verbose_name_plural": "departures of merchants",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "proposed")), fields=["expires_at"], name="departure_open"
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
                        name="departure_four_eyes",
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
                        name="departure_decided_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "proposed")), fields=("merchant",), name="departure_waits_once"
                    ),
                ],
            },
        ),
        keep_parameters("merchants_departure"),
    ]
