from django.db import migrations, models

import common.ids
from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0010_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="TierStanding",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="tst", primary_key=True, serialize=False)),
                ("wallet_id", common.ids.PublicIdField(prefix="wal", verbose_name="wallet")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("spent_minor", models.BigIntegerField(verbose_name="spent (yen)")),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("member", "Member"),
                            ("silver", "Silver"),
                            ("gold", "Gold"),
                            ("platinum", "Platinum"),
                        ],
                        max_length=10,
                        verbose_name="tier",
                    ),
                ),
                ("reviewed_at", models.DateTimeField(verbose_name="reviewed at")),
                ("told_at", models.DateTimeField(null=True, verbose_name="told at")),
            ],
            options={
                "verbose_name": "tier of a year",
                "verbose_name_plural": "tiers of a year",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="gold_extra_basis_points",
            field=models.PositiveSmallIntegerField(default=50, verbose_name="extra rate of Gold (1/100 %)"),
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="gold_from_minor",
            field=models.PositiveIntegerField(default=600000, verbose_name="Gold from a yearly spend of (yen)"),
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="platinum_extra_basis_points",
            field=models.PositiveSmallIntegerField(default=100, verbose_name="extra rate of Platinum (1/100 %)"),
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="platinum_from_minor",
            field=models.PositiveIntegerField(default=1200000, verbose_name="Platinum from a yearly spend of (yen)"),
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="silver_extra_basis_points",
            field=models.PositiveSmallIntegerField(default=25, verbose_name="extra rate of Silver (1/100 %)"),
        ),
        migrations.AddField(
            model_name="pointsprogram",
            name="silver_from_minor",
            field=models.PositiveIntegerField(default=300000, verbose_name="Silver from a yearly spend of (yen)"),
        ),
        migrations.AddConstraint(
            model_name="pointsprogram",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gold_extra_basis_points__gte", models.F("silver_extra_basis_points")),
                    ("gold_from_minor__gt", models.F("silver_from_minor")),
                    ("platinum_extra_basis_points__gte", models.F("gold_extra_basis_points")),
                    ("platinum_extra_basis_points__lte", models.F("most_basis_points")),
                    ("platinum_from_minor__gt", models.F("gold_from_minor")),
                    ("silver_from_minor__gte", 1),
                ),
                name="points_program_tiers_rise",
            ),
        ),
        migrations.AddIndex(
            model_name="tierstanding",
            index=models.Index(
                condition=models.Q(("told_at__isnull", True), models.Q(("tier", "member"), _negated=True)),
                fields=["year", "id"],
                name="points_standing_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="tierstanding",
            constraint=models.UniqueConstraint(fields=("wallet_id", "year"), name="points_standing_once"),
        ),
        migrations.AddConstraint(
            model_name="tierstanding",
            constraint=models.CheckConstraint(
                condition=models.Q(("spent_minor__gte", 0)), name="points_standing_spent"
            ),
        ),
        *install_functions(__file__, "points_review_tiers"),
    ]
