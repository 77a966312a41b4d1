import django.db.models.deletion
from django.db import migrations, models

import common.ids
import points.models.gift
from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0012_points_clearing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Family",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="fam", primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "pool_id",
                    common.ids.PublicIdField(
                        default=points.models.gift.new_pool,
                        editable=False,
                        prefix="wal",
                        unique=True,
                        verbose_name="pool",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("closed", "Closed")],
                        default="active",
                        max_length=6,
                        verbose_name="status",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
            ],
            options={
                "verbose_name": "family",
                "verbose_name_plural": "families",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="FamilyMember",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="fmb", primary_key=True, serialize=False)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                ("wallet_id", common.ids.PublicIdField(null=True, prefix="wal", verbose_name="wallet")),
                ("is_owner", models.BooleanField(default=False, verbose_name="began the family")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("invited", "Invited"),
                            ("active", "Member"),
                            ("declined", "Not accepted"),
                            ("left", "Left"),
                            ("removed", "Let go"),
                        ],
                        default="invited",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("invited_at", models.DateTimeField(verbose_name="invited at")),
                ("joined_at", models.DateTimeField(null=True, verbose_name="joined at")),
                ("draws_from", models.DateTimeField(null=True, verbose_name="may draw from")),
                ("shares_since", models.DateTimeField(null=True, verbose_name="puts in automatically since")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="points.family",
                        verbose_name="family",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a family",
                "verbose_name_plural": "members of families",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="FamilyMove",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="fmv", primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("put_in", "Put in"),
                            ("shared", "Put in automatically"),
                            ("drawn", "Drawn"),
                            ("returned", "Returned"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="points")),
                ("asked_as", models.CharField(max_length=40, verbose_name="name of the form")),
                ("by", models.CharField(max_length=40, verbose_name="done by")),
                ("at", models.DateTimeField(verbose_name="done at")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="points.family",
                        verbose_name="family",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="points.familymember",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "move of points in a family",
                "verbose_name_plural": "moves of points in families",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PointsGift",
            fields=[
                ("id", common.ids.PublicIdField(editable=False, prefix="gft", primary_key=True, serialize=False)),
                ("from_wallet_id", common.ids.PublicIdField(prefix="wal", verbose_name="sender's wallet")),
                ("to_email", models.EmailField(max_length=254, verbose_name="to the address")),
                ("to_wallet_id", common.ids.PublicIdField(null=True, prefix="wal", verbose_name="receiver's wallet")),
                (
                    "pool_id",
                    common.ids.PublicIdField(
                        default=points.models.gift.new_pool,
                        editable=False,
                        prefix="wal",
                        unique=True,
                        verbose_name="pool",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="points")),
                ("moved_minor", models.BigIntegerField(null=True, verbose_name="points at the end")),
                ("message", models.CharField(blank=True, max_length=140, verbose_name="message")),
                ("asked_as", models.CharField(max_length=40, verbose_name="name of the form")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting for an answer"),
                            ("accepted", "Accepted"),
                            ("canceled", "Taken back by the sender"),
                            ("declined", "Not wanted"),
                            ("expired", "Not accepted in time"),
                        ],
                        default="pending",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
                ("acceptable_from", models.DateTimeField(verbose_name="can be accepted from")),
                ("device_was_new", models.BooleanField(default=False, verbose_name="sent from a new device")),
                ("expires_at", models.DateTimeField(verbose_name="has to be accepted before")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
            ],
            options={
                "verbose_name": "gift of points",
                "verbose_name_plural": "gifts of points",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["from_wallet_id", "-id"], name="gifts_sent"),
                    models.Index(
                        condition=models.Q(("status", "pending")), fields=["to_email"], name="gifts_waiting_for"
                    ),
                    models.Index(condition=models.Q(("status", "pending")), fields=["expires_at"], name="gifts_to_end"),
                    models.Index(
                        condition=models.Q(("to_wallet_id__isnull", False)),
                        fields=["to_wallet_id", "-id"],
                        name="gifts_received",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("from_wallet_id", "asked_as"), name="gift_once_per_form"),
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="gift_is_some"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("moved_minor__isnull", True), ("status", "pending")),
                            models.Q(
                                models.Q(("status", "pending"), _negated=True),
                                ("ended_at__isnull", False),
                                ("moved_minor__gte", 0),
                                ("moved_minor__lte", models.F("amount_minor")),
                            ),
                            _connector="OR",
                        ),
                        name="gift_ends_with_what_it_had",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", "accepted"),
                                ("to_wallet_id__isnull", False),
                                models.Q(("to_wallet_id", models.F("from_wallet_id")), _negated=True),
                            ),
                            models.Q(models.Q(("status", "accepted"), _negated=True), ("to_wallet_id__isnull", True)),
                            _connector="OR",
                        ),
                        name="gift_accepted_by_another",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="familymember",
            index=models.Index(condition=models.Q(("status", "invited")), fields=["email"], name="family_invitations"),
        ),
        migrations.AddIndex(
            model_name="familymember",
            index=models.Index(
                condition=models.Q(("shares_since__isnull", False)), fields=["id"], name="family_sharing"
            ),
        ),
        migrations.AddConstraint(
            model_name="familymember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active")), fields=("wallet_id",), name="one_family_per_wallet"
            ),
        ),
        migrations.AddConstraint(
            model_name="familymember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "invited")), fields=("family", "email"), name="invited_once_by_family"
            ),
        ),
        migrations.AddConstraint(
            model_name="familymember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_owner", True)), fields=("family",), name="one_owner_per_family"
            ),
        ),
        migrations.AddConstraint(
            model_name="familymember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "active"), _negated=True),
                    models.Q(("draws_from__isnull", False), ("joined_at__isnull", False), ("wallet_id__isnull", False)),
                    _connector="OR",
                ),
                name="family_member_is_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="familymove",
            index=models.Index(fields=["family", "-id"], name="family_moves"),
        ),
        migrations.AddConstraint(
            model_name="familymove",
            constraint=models.UniqueConstraint(fields=("member", "asked_as"), name="family_move_once"),
        ),
        migrations.AddConstraint(
            model_name="familymove",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="family_move_is_some"),
        ),
        forbid_changes("points_familymove"),
    ]
