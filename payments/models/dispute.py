"""A case that an issuer or a customer opened about a payment, what the shop answered, and reports of fraud."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money
from common.states import TransitionRefused, move_row, next_state
from payments.errors import DisputeDeadlinePassed, DisputeNotFound, InquiryHasNothingToAccept
from payments.models.authorization import Authorization
from payments.models.payment import ID_LENGTH, Payment
from payments.states import (
    ADVICE_TRANSITIONS,
    DISPUTE_TRANSITIONS,
    OPEN_DISPUTES,
    AdviceStatus,
    CaseAnswerKind,
    DisputeOrigin,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
    FraudSource,
)

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Dispute(models.Model):
    """`amount` is what is disputed, of the card's part; `withheld` is what the network took of it, while open or lost.

    The two differ when a part was refunded before: that part is credited already, and is not taken a second time.
    """

    id = PublicIdField("dsp", primary_key=True, editable=False)
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+", verbose_name=_("merchant"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    authorization = models.ForeignKey(
        Authorization, models.PROTECT, null=True, related_name="+", verbose_name=_("authorization")
    )
    origin = models.CharField(_("opened by"), max_length=10, choices=DisputeOrigin, default=DisputeOrigin.NETWORK)
    case_ref = models.CharField(_("case of the network"), max_length=40, blank=True, default="")
    stage = models.CharField(_("stage"), max_length=16, choices=DisputeStage)
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    """How often something was taken: the entries of each round have a name of their own."""
    status = models.CharField(_("status"), max_length=16, choices=DisputeStatus, default=DisputeStatus.NEEDS_RESPONSE)
    reason = models.CharField(_("reason"), max_length=20, choices=DisputeReason)
    reason_code = models.CharField(_("reason code of the network"), max_length=10, blank=True, default="")
    words = models.TextField(_("what the customer wrote"), blank=True, default="")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    withheld_minor = models.BigIntegerField(_("withheld amount in minor units"), default=0)
    fee_minor = models.BigIntegerField(_("fee in minor units"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    respond_by = models.DateTimeField(_("respond by"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_because = models.CharField(_("closed because"), max_length=20, blank=True, default="")
    """Of an inquiry: withdrawn, refunded, no_answer, answered, network."""
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    remind_at = models.DateTimeField(_("next step at"), null=True, blank=True)
    """When the shop is reminded, or a customer's case ends without an answer."""
    version = models.PositiveIntegerField(_("version"), default=1)

    if TYPE_CHECKING:
        merchant_id: str
        payment_id: str
        authorization_id: str | None
        answers: RelatedManager["CaseAnswer"]
        files: RelatedManager["EvidenceFile"]
        changes: RelatedManager["DisputeChange"]

    class Meta:
        verbose_name, verbose_name_plural = _("dispute"), _("disputes")
        constraints = [
            models.UniqueConstraint(name="dispute_once_per_case", fields=["case_ref"], condition=~Q(case_ref="")),
            models.UniqueConstraint(
                name="dispute_one_open_of_customer",
                fields=["payment"],
                condition=Q(origin=DisputeOrigin.CUSTOMER, status__in=OPEN_DISPUTES),
            ),
            models.CheckConstraint(
                name="dispute_amounts",
                condition=Q(amount_minor__gt=0)
                & Q(withheld_minor__gte=0)
                & Q(withheld_minor__lte=F("amount_minor"))
                & Q(fee_minor__gte=0),
            ),
        ]
        indexes = [
            models.Index(name="dispute_of_merchant", fields=["merchant", "-id"]),
            models.Index(
                name="dispute_of_merchant_open",
                fields=["merchant", "respond_by"],
                condition=Q(status=DisputeStatus.NEEDS_RESPONSE),
            ),
            models.Index(name="dispute_due", fields=["remind_at"], condition=Q(remind_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    @classmethod
    def locked(cls, dispute_id: str) -> "tuple[Dispute, Payment]":
        """The dispute and its payment, under the payment's lock: all that belongs to a payment changes under it."""
        payment_id = cls.objects.filter(pk=dispute_id).values_list("payment_id", flat=True).first()
        if payment_id is None:
            raise DisputeNotFound
        payment = Payment.locked(payment_id)
        return cls.objects.get(pk=dispute_id), payment

    def move(self, verb: str, *, by: Actor, now: datetime, **facts: Any) -> None:
        """To the state that `verb` leads to, and remember it; `facts` are columns that change with it."""
        old = DisputeStatus(self.status)
        new = next_state(DISPUTE_TRANSITIONS, old, verb)
        move_row(self, DISPUTE_TRANSITIONS, verb, old=old, **facts, version=self.version + 1)
        DisputeChange.objects.create(
            dispute=self, version=self.version, old=old, new=new, stage=self.stage, verb=verb, by=by.ref, at=now
        )

    def note(self, *, now: datetime, **facts: Any) -> None:
        """Change columns while the state stays: a new version all the same."""
        facts |= {"version": self.version + 1}
        if Dispute.objects.filter(pk=self.pk, status=self.status, version=self.version).update(**facts) != 1:
            raise TransitionRefused(current=DisputeStatus(self.status), verb="note")  # somebody else was faster
        for name, value in facts.items():
            setattr(self, name, value)

    def refuse_unless_acceptable(self, *, now: datetime) -> None:
        """Refuses: InquiryHasNothingToAccept, DisputeDeadlinePassed."""
        if self.is_inquiry:
            raise InquiryHasNothingToAccept
        if self.status == DisputeStatus.NEEDS_RESPONSE and self.is_overdue(now=now):
            raise DisputeDeadlinePassed

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def withheld(self) -> Money:
        return Money(self.withheld_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def books_ref(self) -> str:
        """Under which name this round's entries stand in the books."""
        return f"{self.id}/{self.round}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_DISPUTES

    @property
    def is_inquiry(self) -> bool:
        return self.stage == DisputeStage.INQUIRY

    def is_overdue(self, *, now: datetime) -> bool:
        """Half-open: at `respond_by` itself it is too late."""
        return self.respond_by is not None and now >= self.respond_by


class DisputeChange(AppendOnlyModel):
    """What the state was before, and after which verb of whom it changed."""

    id = PublicIdField("dch", primary_key=True, editable=False)
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="changes", verbose_name=_("dispute"))
    version = models.PositiveIntegerField()
    old = models.CharField(max_length=16, choices=DisputeStatus, blank=True)
    new = models.CharField(max_length=16, choices=DisputeStatus)
    stage = models.CharField(max_length=16, choices=DisputeStage)
    verb = models.CharField(max_length=20)
    by = models.CharField(max_length=ID_LENGTH)
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("change of a dispute"), _("changes of disputes")
        constraints = [models.UniqueConstraint(name="dispute_change_once", fields=["dispute", "version"])]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.old} → {self.new}"


class EvidenceFile(AppendOnlyModel):
    """A file that the shop gave as evidence. The bytes lie in EVIDENCE_DIR under this row's id, and nowhere else."""

    id = PublicIdField("evd", primary_key=True, editable=False)
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="files", verbose_name=_("dispute"))
    name = models.CharField(_("name"), max_length=120)
    """As the shop calls it, made harmless; shown, never used as a path."""
    media_type = models.CharField(_("type"), max_length=20)
    """What the bytes are, whatever the name says."""
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    by = models.CharField(_("done by"), max_length=ID_LENGTH)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name, verbose_name_plural = _("evidence file"), _("evidence files")
        constraints = [models.UniqueConstraint(name="evidence_file_once", fields=["dispute", "sha256"])]

    def __str__(self) -> str:
        return self.name


class CaseAnswer(models.Model):
    """What the shop answered at one stage. To the network it goes as an advice, said until it is acknowledged."""

    id = PublicIdField("dan", primary_key=True, editable=False)
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="answers", verbose_name=_("dispute"))
    stage = models.CharField(_("stage"), max_length=16, choices=DisputeStage)
    kind = models.CharField(_("kind"), max_length=12, choices=CaseAnswerKind)
    facts = models.JSONField(_("what was said"), default=dict)
    """statement, carrier, tracking_number, shipped_on, refund: those that were given."""
    file_ids = models.JSONField(_("files"), default=list)
    digest = models.CharField(_("digest"), max_length=64)
    """SHA-256 over what was said and over the files' own digests: what the network is told of it."""
    status = models.CharField(_("status"), max_length=12, choices=AdviceStatus, default=AdviceStatus.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    response_code = models.CharField(_("response code"), max_length=2, blank=True, default="")
    by = models.CharField(_("done by"), max_length=ID_LENGTH)
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    if TYPE_CHECKING:
        dispute_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("answer to a dispute"), _("answers to disputes")
        constraints = [models.UniqueConstraint(name="case_answer_once_per_stage", fields=["dispute", "stage"])]
        indexes = [
            models.Index(name="case_answer_due", fields=["next_try_at"], condition=Q(status=AdviceStatus.DUE)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.status}"

    def move(self, verb: str, *, response_code: str, now: datetime) -> bool:
        """Whether it was us who settled it: of two senders of the same answer one is late."""
        new = next_state(ADVICE_TRANSITIONS, AdviceStatus.DUE, verb)
        settled = CaseAnswer.objects.filter(pk=self.pk, status=AdviceStatus.DUE).update(
            status=new, response_code=response_code, settled_at=now, next_try_at=None
        )
        self.refresh_from_db()
        return settled == 1


class FraudReport(AppendOnlyModel):
    """Somebody says that the owner of the card did not make this payment. No money moves by it."""

    id = PublicIdField("frd", primary_key=True, editable=False)
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+", verbose_name=_("merchant"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="fraud_reports", verbose_name=_("payment"))
    source = models.CharField(_("told by"), max_length=10, choices=FraudSource)
    notice_ref = models.CharField(_("notice of the network"), max_length=40, blank=True, default="")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    words = models.TextField(_("what the customer wrote"), blank=True, default="")
    reported_at = models.DateTimeField(_("reported at"))

    class Meta:
        verbose_name, verbose_name_plural = _("fraud report"), _("fraud reports")
        constraints = [
            models.UniqueConstraint(name="fraud_report_once_per_source", fields=["payment", "source"]),
        ]
        indexes = [models.Index(name="fraud_report_of_merchant", fields=["merchant", "reported_at"])]

    def __str__(self) -> str:
        return f"{self.id} {self.source}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
