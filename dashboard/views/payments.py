"""What was sold: the list, one payment with its whole story, and what a shop may do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.errors import Kind, Refusal
from common.money import Money
from dashboard.forms import CaptureForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import effect_of, effect_ticket
from dashboard.searches import PaymentSearch
from dashboard.views._answers import answer, see_other, ways
from dashboard.words import ADVICE, ADVICE_AFTER, STORY, STORY_WITHOUT_CARD
from events.queries import events_of
from merchants.queries import api_keys_of, members_of
from merchants.states import May
from payments import services as payments
from payments.queries import (
    captures_of,
    card_check_of,
    disputes_of_payment,
    payment_of_merchant,
    payments_of_merchant,
    refunds_of_payment,
    timeline_of,
)
from payments.states import PaymentStatus
from payments.types import Cursor, Happening
from webhooks.queries import tellings_of_events
from webhooks.states import EVENT_TYPES

if TYPE_CHECKING:
    from events.models import Event
    from payments.models import Authorization, Payment, Refund
    from payments.types import TimelineItem
    from webhooks.models import WebhookTelling

CANCELABLE = {PaymentStatus.REQUIRES_APPROVAL, PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_CAPTURED}


@require_safe
@member_required(May.PAYMENTS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    """Newest first, by key, so that nothing is skipped while new payments arrive."""
    form = PaymentSearch(request.GET or None)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""))
    found = payments_of_merchant(request.merchant.id, form.wanted(), cursor)
    kept = form.kept()
    facts = {
        "form": form,
        "payments": found.rows,
        "page": ways(
            found.rows,
            has_more=found.has_more,
            starting_after=cursor.starting_after,
            ending_before=cursor.ending_before,
        ),
        "query": urlencode(kept),
        "filtered": bool(kept),
    }
    return answer(request, "payments", facts)


@require_safe
@member_required(May.PAYMENTS_READ)
def one(request: MemberRequest, payment_id: str) -> HttpResponse:
    return _shown(request, payment_id)


@require_POST
@member_required(May.PAYMENTS_WRITE)
def capture(request: MemberRequest, payment_id: str) -> HttpResponse:
    """Take what the issuer promised, or a part of it. Pressing twice captures once: the form names the capture."""
    payment = payment_of_merchant(request.merchant.id, payment_id)
    form = CaptureForm(request.POST)
    capture_id = effect_of(form.data.get("ticket", ""), request, "cap", about=payment.id)
    if form.is_valid() and not capture_id:
        form.add_error(None, _("The form was too old. Nothing was done; please try again."))
    if form.is_valid():
        try:
            payments.capture_payment(
                payment_id=payment.id,
                capture_id=capture_id,
                amount=Money(form.cleaned_data["amount"], payment.currency),
                final=form.cleaned_data["final"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.refuse(refusal)
        else:
            messages.success(request, _("Captured. The amount is owed to you."))
            return see_other(request, "payment", payment.id)
    return _shown(request, payment_id, form=form)


@require_POST
@member_required(May.PAYMENTS_WRITE)
def cancel(request: MemberRequest, payment_id: str) -> HttpResponse:
    payment = payment_of_merchant(request.merchant.id, payment_id)
    try:
        payments.cancel_payment(payment_id=payment.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        return _refused(request, payment_id, refusal)
    if payment.amount_captured:
        messages.success(request, _("Released. The rest is no longer held on the customer’s card."))
    else:
        messages.success(request, _("Canceled. Nothing was taken from the customer."))
    return see_other(request, "payment", payment.id)


def _refused(request: MemberRequest, payment_id: str, refusal: Refusal) -> HttpResponse:
    if refusal.kind is Kind.NOT_FOUND:
        raise refusal
    return _shown(request, payment_id, refusal=str(refusal))


def _shown(
    request: MemberRequest, payment_id: str, *, refusal: str = "", form: CaptureForm | None = None
) -> HttpResponse:
    payment = payment_of_merchant(request.merchant.id, payment_id)
    refunds = refunds_of_payment(payment)
    attempt = payment.latest_authorization
    names = _names(request)
    captures, zero = captures_of(payment), Money(0, payment.currency)
    fee = sum((capture.fee_refundable for capture in captures), start=zero)
    ticket = effect_ticket(request, "cap", about=payment.id)
    facts: dict[str, Any] = {
        "payment": payment,
        "items": [
            (item["name"], item["quantity"], Money(item["unit_amount"] * item["quantity"], payment.currency))
            for item in payment.items
        ],
        "story": [_told(item, payment, names) for item in timeline_of(payment)],
        "refunds": refunds,
        "disputes": disputes_of_payment(payment) if request.can["disputes_read"] else [],
        "attempt": attempt,
        "checks": card_check_of(payment),
        "advice": _advice(attempt),
        "captures": captures,
        # A refund takes its share of the fee back with it.
        "fee": fee,
        "net": payment.refundable - fee,
        "may_capture": request.can["payments_write"] and bool(payment.capturable),
        "may_cancel": request.can["payments_write"] and _may_cancel(payment),
        "may_refund": request.can["refunds_write"] and bool(payment.refundable),
        "capture_form": form or CaptureForm(initial={"ticket": ticket, "amount": payment.capturable.minor}),
        "told": _told_by_webhook(request, payment, refunds) if request.can["webhooks_read"] else [],
        "heard": EVENT_TYPES,
        "refusal": refusal,
    }
    return answer(request, "payment", facts, refused=bool(refusal or form))


def _advice(attempt: "Authorization | None") -> str | Promise:
    """What the shop may do after this attempt; nothing while there was no decline."""
    if attempt is None or not attempt.decline_code:
        return ""
    return ADVICE_AFTER.get(attempt.decline_code) or ADVICE.get(attempt.decline_advice, "")


def _may_cancel(payment: "Payment") -> bool:
    over = payment.status == PaymentStatus.PARTIALLY_CAPTURED and not payment.capturable
    return payment.status in CANCELABLE and not over


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story as a shop reads it."""

    title: str | Promise
    at: datetime
    tone: str
    icon: str
    note: str
    who: str


def _told(item: "TimelineItem", payment: "Payment", names: Mapping[str, str]) -> Moment:
    title, tone, icon = STORY[item.happening]
    if not payment.card_id:
        title = STORY_WITHOUT_CARD.get(item.happening, title)
    note = ""
    match item.happening:
        case Happening.DECLINED | Happening.STOPPED | Happening.REFUND_FAILED:
            note = item.facts.get("decline_code", "")
        case Happening.AUTHENTICATED | Happening.NOT_AUTHENTICATED if item.facts.get("status"):
            note = " · ".join(f"{name} {item.facts[name]}" for name in ("status", "eci") if item.facts[name])
        case (
            Happening.CREATED
            | Happening.CHARGED
            | Happening.ASKED_ISSUER
            | Happening.CAPTURED
            | Happening.CAPTURE_REFUSED
            | Happening.RELEASED
            | Happening.REFUND_BEGUN
            | Happening.REFUND_SUCCEEDED
        ):
            note = str(Money(item.facts["amount_minor"], payment.currency))
    return Moment(title, item.at, tone, icon, note, names.get(item.by, ""))


def _names(request: MemberRequest) -> dict[str, str]:
    """Who of the merchant's own did something: people by address, keys by label. Customers stay unnamed."""
    people = {member.id: member.email for member in members_of(request.merchant.id)}
    return people | {key.id: key.label for key in api_keys_of(request.merchant.id)}


def _told_by_webhook(
    request: MemberRequest, payment: "Payment", refunds: "list[Refund]"
) -> "list[tuple[Event, list[WebhookTelling]]]":
    """Every event of this payment and of its refunds, newest first, and to whom it was told."""
    about = [
        event
        for subject in (payment.id, *(refund.id for refund in refunds))
        for event in events_of(request.merchant.id, subject=subject)
    ]
    told = tellings_of_events(request.merchant.id, [event.id for event in about])
    return [(event, told.get(event.id, [])) for event in sorted(about, key=lambda event: event.id, reverse=True)]
