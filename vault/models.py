"""The tables of the vault. Only the safe's database role may read or write them, but for the public keys, which all may
read; nothing points into them.

No column holds a card number that can be read, and none holds a security code in any form.
"""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Q

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money
from vault.states import AuthenticationStatus, MessageKind, MessageStatus, NoticeKind, Outcome

RECORD_VERSION: Final = 1


class KeyCheck(models.Model):
    """Known words, wrapped under each key-encryption key this database has seen: a wrong key file shows at the door."""

    kek_id = models.CharField(primary_key=True, max_length=64)
    wrapped = models.BinaryField()
    hmac = models.BinaryField()
    created_at = models.DateTimeField()


class OwnerKey(models.Model):
    """The key of one owner's cards, wrapped by the key provider. Destroying the row destroys all their records."""

    id = PublicIdField("cky", primary_key=True, editable=False)
    owner_ref = models.CharField(max_length=40, unique=True)
    kek_id = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()


class CardRecord(models.Model):
    """A sealed card. `sealed` opens only with the owner's key and only in this row."""

    id = PublicIdField("tok", primary_key=True, editable=False)
    owner_ref = models.CharField(max_length=40)
    owner_key = models.ForeignKey(OwnerKey, models.PROTECT, related_name="records")
    sealed = models.BinaryField()
    fingerprint = models.BinaryField()
    brand = models.CharField(max_length=16)
    bin6 = models.CharField(max_length=6)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=RECORD_VERSION)
    created_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="card_once_per_owner", fields=["owner_ref", "fingerprint"]),
        ]
        indexes = [
            models.Index(name="card_to_destroy", fields=["forgotten_at"], condition=Q(forgotten_at__isnull=False)),
        ]


class IntakeKey(models.Model):
    """The key pair that browsers seal cards to. A new one each day; old ones are destroyed with their last intake."""

    id = PublicIdField("ink", primary_key=True, editable=False)
    public_key = models.BinaryField()
    kek_id = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()


class Intake(models.Model):
    """One offer to take one card. The session is kept as a digest: it is compared, never used."""

    id = PublicIdField("int", primary_key=True, editable=False)
    key = models.ForeignKey(IntakeKey, models.PROTECT, related_name="intakes")
    owner_ref = models.CharField(max_length=40)
    session_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class ReceiptKey(models.Model):
    """A key pair that signs receipts; the newest signs. Rows stay: what an old key signed must still be checked."""

    id = PublicIdField("rck", primary_key=True, editable=False)
    kid = models.CharField(max_length=43, unique=True)
    jwk = models.JSONField()
    """The public half, as it stands in the JWKS."""
    kek_id = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()


class PublishedKey(AppendOnlyModel):
    """The public half of a receipt key, as it stands in the JWKS. The one table here that others may read: written by
    the safe alone, so nobody else can have the commerce vouch for a key.
    """

    kid = models.CharField(primary_key=True, max_length=43)
    jwk = models.JSONField()
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.kid


class SignedStatement(models.Model):
    """What a receipt stated when it was signed first. `safe/statements.py` holds every later signature against it."""

    pk = models.CompositePrimaryKey("about_ref", "kind")
    about_ref = models.CharField(max_length=64)
    """The capture or refund; a dispute with the digest of when it ended."""
    kind = models.CharField(max_length=16)
    authorization_ref = models.CharField(max_length=40)
    """Empty when only points were spent."""
    card_amount_minor = models.BigIntegerField()
    facts_digest = models.CharField(max_length=64)
    payload_digest = models.CharField(max_length=64)
    kid = models.CharField(max_length=43)
    jws = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="statement_amount_not_negative", condition=Q(card_amount_minor__gte=0))
        ]
        indexes = [models.Index(name="statement_by_authorization", fields=["authorization_ref"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_ref}"


class WireMessage(models.Model):
    """A question or advice to the card network, written before it is sent, so that a reversal can be built from it.

    `request` holds the fields as sent but for 2 (card number), 14 (expiry) and the security code in 48: the first two
    are put in again from the sealed record. `answer` holds what is fit to keep of the answer (`safe/wire/reading.py`).
    """

    id = PublicIdField("wir", primary_key=True, editable=False)
    reference = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=16, choices=MessageKind)
    about = models.ForeignKey("self", models.PROTECT, null=True, related_name="advices")
    card_token = models.CharField(max_length=40)
    owner_ref = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    mti = models.CharField(max_length=4)
    trace_number = models.CharField(max_length=6)
    transmitted = models.CharField(max_length=10)
    network_reference = models.CharField(max_length=12)
    request = models.JSONField()
    status = models.CharField(max_length=16, choices=MessageStatus)
    answer = models.JSONField(null=True)
    response_code = models.CharField(max_length=2, default="")
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.OPEN, blank=True)
    distrusted = models.CharField(max_length=80, default="")
    """Why an answer that came was not believed (e.g. another amount): the network must be asked."""
    sendings = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    reversal_due_at = models.DateTimeField(null=True)
    """Set when the safe owes the network a reversal of its own accord: a late or a partial approval."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="wire_answered_has_answer",
                condition=~Q(status=MessageStatus.ANSWERED) | Q(answer__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(name="wire_amount_not_negative", condition=Q(amount_minor__gte=0)),
        ]
        indexes = [
            models.Index(name="wire_by_trace", fields=["trace_number", "transmitted"]),
            models.Index(name="wire_by_card", fields=["card_token"]),
            models.Index(
                name="wire_reversal_due", fields=["reversal_due_at"], condition=Q(reversal_due_at__isnull=False)
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_approved(self) -> bool:
        """The network said yes, and we believe it."""
        return self.status == MessageStatus.ANSWERED and self.response_code == "00" and not self.distrusted

    @classmethod
    def newest_trace_number(cls) -> int:
        newest = cls.objects.exclude(trace_number="").order_by("-id").values_list("trace_number", flat=True).first()
        return int(newest or 0)

    @classmethod
    def reversals_due(cls, *, now: datetime, limit: int) -> list[str]:
        due = cls.objects.filter(reversal_due_at__lte=now).order_by("reversal_due_at")
        return list(due.values_list("reference", flat=True)[:limit])


class NetworkNotice(models.Model):
    """What the network told us unasked. The row is committed before the network hears that we have it."""

    id = PublicIdField("ntc", primary_key=True, editable=False)
    notice_ref = models.CharField(max_length=40, unique=True)
    """The network's own name for it: told again, it is the same."""
    kind = models.CharField(max_length=16, choices=NoticeKind)
    network_reference = models.CharField(max_length=12, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    """The authorization of ours that it is about; empty when we know of none."""
    card_token = models.CharField(max_length=40, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="JPY")
    facts = models.JSONField(default=dict)
    """Of field 48: CASE, REASON, DUE, STAGE, OUTCOME, EXP; and the tokens of the cards that were renewed by it."""
    received_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    """When payments had dealt with it."""

    class Meta:
        constraints = [models.CheckConstraint(name="notice_amount_not_negative", condition=Q(amount_minor__gte=0))]
        indexes = [models.Index(name="notice_unheard", fields=["id"], condition=Q(heard_at__isnull=True))]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class AuthenticationRecord(models.Model):
    """One run of 3-D Secure about one attempt: what the directory was asked, and what the issuer said.

    `sealed_value` is the authentication value (CAVV), sealed under the owner's key like a card: it opens in this row
    only, and goes into the one authorization whose reference is `attempt_ref`.
    """

    id = PublicIdField("arc", primary_key=True, editable=False)
    reference = models.CharField(max_length=40, unique=True)
    attempt_ref = models.CharField(max_length=40)
    card_token = models.CharField(max_length=40)
    owner_ref = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    prepaid = models.BooleanField()
    version = models.CharField(max_length=8)
    server_trans_id = models.UUIDField(unique=True)
    ds_trans_id = models.CharField(max_length=36, default="")
    acs_trans_id = models.CharField(max_length=36, default="")
    results_key_digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the secret at the end of the address that only the directory was told."""
    status = models.CharField(max_length=12, choices=AuthenticationStatus)
    trans_status = models.CharField(max_length=1, default="")
    status_reason = models.CharField(max_length=2, default="")
    challenge_cancel = models.CharField(max_length=2, default="")
    challenge_url = models.CharField(max_length=2_048, default="")
    eci = models.CharField(max_length=2, default="")
    sealed_value = models.BinaryField(null=True)
    why = models.CharField(max_length=120, default="")
    """Why there is no answer, or why it was not believed."""
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    result_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    """When it went into its authorization; there is no second time."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="authentication_used_once", fields=["attempt_ref"], condition=Q(used_at__isnull=False)
            ),
            models.CheckConstraint(name="authentication_amount_positive", condition=Q(amount_minor__gt=0)),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
