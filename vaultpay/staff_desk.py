"""The staff's first page: what waits for a person, and every record in its place with a sentence about it."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.shortcuts import resolve_url
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock
from common.second_signature import SecondSignature
from events.models import EventTelling, OutgoingMail
from merchants.models import Departure
from payments.models import Advice, Authorization, Dispute, DisputeAcceptance, Refund
from payments.queries import open_cases
from payments.states import OPEN_DISPUTES, PERSON_AFTER, AdviceStatus, AuthorizationStatus, RefundStatus
from points.models import ConversionsProposal, PointsAdjustment, ProgramProposal
from webhooks.models import WebhookTelling
from webhooks.states import TellingStatus

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of record: its address, its name and what it is."""

    name: Words
    about: Words
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: Words
    shelves: list[Shelf] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that machines could not finish yet. `count` 0 is good news, and is shown as such."""

    name: Words
    about: Words
    count: int
    url: str


# fmt: off
_GROUPS: Final[tuple[tuple[Words, dict[str, tuple[Words, Words]]], ...]] = (
    (_("Money"), {
        "payments.payment":       (_("Payments"), _("Every payment with its attempts, captures, refunds and history.")),
        "payments.authorization": (_("Authorizations"), _("What the card network was asked, and what it answered.")),
        "payments.capture":       (_("Captures"), _("Promises that became money owed to a merchant.")),
        "payments.refund":        (_("Refunds"), _("Captured money on its way back.")),
        "payments.dispute":       (_("Disputes"), _("Cases that issuers and customers opened, with their deadlines.")),
        "payments.disputeacceptance": (_("Giving in for shops"), _("Disputes that staff give in to, by four eyes.")),
        "payments.evidencefile":  (_("Evidence files"), _("What shops gave as evidence; reading one is recorded.")),
        "payments.grant":         (_("Permissions"), _("What customers let shops take by themselves.")),
        "payments.authentication": (_("3-D Secure"), _("What issuers said about who was paying.")),
        "payments.receipt":       (_("Receipts"), _("What was signed, in its order; each can be verified offline.")),
        "payments.fraudreport":   (_("Fraud reports"), _("Who says that a payment was not the card owner’s.")),
        "payments.advice":        (_("Advices"), _("What the network must hear until it acknowledges.")),
        "payments.approval":      (_("Approvals"), _("Customers’ signatures; each can be verified again at any time.")),
    }),
    (_("Books"), {
        "ledger.ledgeraccount":   (_("Ledger accounts"), _("Who owes what to whom, with the posted balance.")),
        "ledger.entry":           (_("Entries"), _("Postings that stand together. Only added to.")),
        "ledger.hold":            (_("Holds"), _("Set aside: posted still, no longer available.")),
    }),
    (_("Points"), {
        "points.pointsprogram":   (_("The program"), _("How points are earned, and how long they last.")),
        "points.programproposal": (_("Changes of the program"), _("Proposed by one person, countersigned by another.")),
        "points.pointsadjustment": (_("Adjustments"), _("Points that staff give or take, by four eyes.")),
        "points.conversionpermit": (_("Old points of shops"), _("Who may convert them, and within which limits.")),
        "points.conversionsproposal": (_("Permits to convert"), _("Proposed by one person, countersigned by another.")),
        "points.conversionkey": (_("Keys for old points"), _("With which shops sign their files.")),
        "points.pointsconversionbatch": (_("Batches of old points"), _("What was taken over at once, for its owners.")),
        "points.pointsconversion": (_("Converted points"), _("One old balance of one person.")),
        "points.expirynotice":    (_("Expiry notices"), _("Who was told that points will expire.")),
        "points.earning":         (_("Captures that earned"), _("What was heard of each capture.")),
        "points.pointslot":       (_("Lots"), _("Points given together, and what is left of them.")),
        "points.pointslotchange": (_("Changes of lots"), _("Everything that happened to a lot. Only added to.")),
        "points.pointsclearing":  (_("Points clearings"), _("What points cost and brought merchants, month by month.")),
        "points.pointsuse":       (_("Uses"), _("Which lots paid a part of which payment.")),
        "points.pointsloan":      (_("Loans"), _("Which lot made up for another whose points were spent.")),
    }),
    (_("Merchants"), {
        "merchants.merchant":     (_("Merchants"), _("Businesses under contract.")),
        "merchants.departure":    (_("Departures"), _("Merchants that are to leave, by four eyes.")),
        "merchants.shop":         (_("Shops"), _("Where they sell, as customers meet them.")),
        "merchants.member":       (_("People of merchants"), _("Teams, roles and invitations.")),
        "merchants.apikey":       (_("API keys"), _("Names, scopes and last use; never the text of a key.")),
        "merchants.returnurl":    (_("Return URLs"), _("Where customers may be sent back to.")),
        "merchants.apirequest":   (_("API requests"), _("What their servers asked; without secrets and free text.")),
        "merchants.merchantstatuschange": (_("Admissions and suspensions"), _("Who decided what, and why.")),
    }),
    (_("Customers"), {
        "accounts.customer":      (_("Customers"), _("Who keeps cards here.")),
        "accounts.card":          (_("Cards"), _("Brand, last four and state. The number is in the safe only.")),
        "accounts.cardstatuschange": (_("Freezes and removals"), _("Every change of a card’s state.")),
        "accounts.cardtry":       (_("Tries to add a card"), _("Where card testing would show.")),
        "accounts.paymentpasskey": (_("Payment passkeys"), _("Which devices approve payments.")),
        "accounts.user":          (_("Sign-ins"), _("Addresses that can sign in.")),
    }),
    (_("Telling"), {
        "events.event":           (_("Events"), _("Facts, written in the commit that made them true.")),
        "events.eventtelling":    (_("Tellings of events"), _("How far the relay is with each of them.")),
        "webhooks.webhookendpoint": (_("Webhook endpoints"), _("Where merchants listen.")),
        "webhooks.webhooktelling": (_("Webhooks"), _("One event on its way to one endpoint.")),
        "webhooks.delivery":      (_("Deliveries"), _("Every attempt, with what was answered.")),
        "webhooks.webhookreplay": (_("Redeliveries"), _("Ranges of days that were told to an endpoint again.")),
        "events.outgoingmail":    (_("Mails"), _("What was sent to whom; without the texts.")),
    }),
    (_("Record"), {
        "events.auditrecord":     (_("Audit records"), _("Who did what, each record sealed by the next.")),
        "events.idempotencyrecord": (_("Idempotency keys"), _("Requests of merchants that must not act twice.")),
    }),
)
# fmt: on


_PAGES: Final[dict[str, Shelf]] = {
    "points.pointsclearing": Shelf(
        _("Points reports"),
        _("What is owed, when it ends, what nobody came for, how old it is."),
        "staff:points_reports_open",
    ),
}
"""Pages that stand beside a kind of record."""


def shelves(app_list: list[dict[str, Any]]) -> list[Group]:
    """The index in the order in which staff think; what nobody has described yet stands at the end all the same."""
    left = {f"{app['app_label']}.{one['object_name'].lower()}": one for app in app_list for one in app["models"]}
    groups = [
        Group(
            title,
            [
                shelf
                for label, words in known.items()
                if label in left
                for shelf in (Shelf(*words, left.pop(label)["admin_url"]), *_beside(label))
            ],
        )
        for title, known in _GROUPS
    ]
    others = [Shelf(one["name"], "", one["admin_url"]) for one in left.values()]
    return [group for group in (*groups, Group(_("Others"), others)) if group.shelves]


def _beside(label: str) -> list[Shelf]:
    return [replace(page, url=resolve_url(page.url)) for of, page in _PAGES.items() if of == label]


def name_of(label: str) -> Words:
    """What staff call this kind of record."""
    return next((known[label][0] for _title, known in _GROUPS if label in known), "")


def waiting() -> list[Waiting]:
    """Counted over partial indexes: cheap, because little waits."""
    unknown = Authorization.objects.filter(status__in=[AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN])
    cases = open_cases(now=clock.now())
    return [
        Waiting(
            _("Open, and why"),
            _("Everything that has not ended by itself: since when, what happens next, where a person was called."),
            len(cases),
            resolve_url("staff:payments_authorization_open"),
        ),
        Waiting(
            _("Unknown outcomes"),
            _("Payments whose answer did not arrive. The janitor asks, and reverses in the end."),
            unknown.count(),
            f"{resolve_url('staff:payments_authorization_changelist')}?waiting=yes",
        ),
        Waiting(
            _("Advices due"),
            _("Not yet acknowledged by the network; after six tries a person calls it."),
            Advice.objects.filter(status=AdviceStatus.DUE).count(),
            f"{resolve_url('staff:payments_advice_changelist')}?waiting=yes",
        ),
        Waiting(
            _("Refunds without an outcome"),
            _("Asked about, or about to be sent."),
            Refund.objects.filter(status=RefundStatus.PENDING).count(),
            f"{resolve_url('staff:payments_refund_changelist')}?status__exact={RefundStatus.PENDING}",
        ),
        Waiting(
            _("Open disputes"),
            _("Waiting for a shop’s answer or an issuer’s decision."),
            Dispute.objects.filter(status__in=OPEN_DISPUTES).count(),
            f"{resolve_url('staff:payments_dispute_changelist')}?open=yes",
        ),
        _to_be_signed(
            _("Adjustments for a second person"),
            _("Points that somebody wants to give or take. Whoever proposed it cannot countersign it."),
            PointsAdjustment,
        ),
        _to_be_signed(
            _("Program changes for a second person"),
            _("What points should cost and how long they should last from some day on."),
            ProgramProposal,
        ),
        _to_be_signed(
            _("Permits for old points, for a second person"),
            _("Shops that are to be allowed to convert their old points, and within which limits."),
            ConversionsProposal,
        ),
        _to_be_signed(
            _("Giving in for a second person"),
            _("Disputes that somebody wants to give in to for a shop. Its money is gone by it."),
            DisputeAcceptance,
        ),
        _to_be_signed(
            _("Departures for a second person"),
            _("Merchants whose contract is to end. There is no way back from it."),
            Departure,
        ),
        Waiting(
            _("Events that a handler refused"),
            _("Told again and again with growing pauses; the last error says why."),
            EventTelling.objects.filter(told_at=None, attempts__gt=0).count(),
            f"{resolve_url('staff:events_eventtelling_changelist')}?told_at__isempty=1",
        ),
        Waiting(
            _("Webhooks that keep failing"),
            _("More than {attempts} attempts, and still no yes.").format(attempts=PERSON_AFTER),
            WebhookTelling.objects.filter(status=TellingStatus.DUE, attempts__gt=PERSON_AFTER).count(),
            f"{resolve_url('staff:webhooks_webhooktelling_changelist')}?status__exact={TellingStatus.DUE}",
        ),
        Waiting(
            _("Mails given up"),
            _("The mail server would not take them."),
            OutgoingMail.objects.exclude(given_up_at=None).count(),
            f"{resolve_url('staff:events_outgoingmail_changelist')}?sent_at__isempty=1",
        ),
    ]


def _to_be_signed(name: Words, about: Words, kind: type[SecondSignature]) -> Waiting:
    names = kind._meta  # noqa: SLF001 (Django's documented door)
    inbox = resolve_url(f"staff:{names.app_label}_{names.model_name}_changelist")
    return Waiting(name, about, kind.waiting().count(), f"{inbox}?waiting=yes")
