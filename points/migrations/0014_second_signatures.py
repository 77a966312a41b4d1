from django.db import migrations, models

import common.ids
from common.append_only import forbid_changes

_DECISION = "ARRAY['status', 'decided_by', 'decided_at']"


def _keep_parameters(table: str) -> migrations.RunSQL:
    """What the first person proposed is what the second one signs: only the decision is ever written."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION points_keep_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF to_jsonb(NEW) - {_DECISION} IS DISTINCT FROM to_jsonb(OLD) - {_DECISION} THEN
                RAISE EXCEPTION 'what was proposed in % stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_keeps_parameters BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION points_keep_parameters();
        """,
        reverse_sql=f"DROP TRIGGER {table}_keeps_parameters ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0013_gifts_and_families"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExpiryNotice",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="exn", primary_key=True, serialize=False)),
                ("wallet_id", common.ids.PublicIdField(prefix="wal", verbose_name="wallet")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("days_before", models.PositiveSmallIntegerField(verbose_name="days before")),
                ("amount_minor", models.BigIntegerField(verbose_name="points")),
                ("told_at", models.DateTimeField(verbose_name="told at")),
            ],
            options={
                "verbose_name": "expiry notice",
                "verbose_name_plural": "expiry notices",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("expires_at", "days_before", "wallet_id"), name="expiry_told_once"),
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="expiry_of_some"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PointsAdjustment",
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
                ("id", common.ids.PublicIdField(editable=False, prefix="adj", primary_key=True, serialize=False)),
                ("wallet_id", common.ids.PublicIdField(prefix="wal", verbose_name="wallet")),
                ("amount_minor", models.BigIntegerField(verbose_name="points")),
            ],
            options={
                "verbose_name": "adjustment of points",
                "verbose_name_plural": "adjustments of points",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "proposed")), fields=["expires_at"], name="pointsadjustment_open"
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
                        name="pointsadjustment_four_eyes",
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
                        name="pointsadjustment_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="adjustment_is_some"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProgramProposal",
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
                ("id", common.ids.PublicIdField(editable=False, prefix="ppr", primary_key=True, serialize=False)),
                ("terms", models.JSONField(verbose_name="terms")),
                ("effective_from", models.DateTimeField(null=True, verbose_name="effective from")),
                ("base_number", models.PositiveIntegerField(verbose_name="on top of version")),
            ],
            options={
                "verbose_name": "change of the points program",
                "verbose_name_plural": "changes of the points program",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "proposed")), fields=["expires_at"], name="programproposal_open"
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
                        name="programproposal_four_eyes",
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
                        name="programproposal_decided_by_somebody",
                    ),
                ],
            },
        ),
        forbid_changes("points_expirynotice"),
        *(_keep_parameters(table) for table in ("points_pointsadjustment", "points_programproposal")),
    ]
