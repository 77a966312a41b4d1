"""What I paid, and one payment with its whole story."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.clock import TOKYO
from common.errors import Kind, Refusal
from common.money import Money
from common.spreadsheet import ROWS_AT_ONCE, as_csv, csv_answer
from payments import services as payments
from payments.declines import customer_sentence
from payments.queries import (
    card_check_of,
    challenge_of,
    decline_sentence_of,
    disputes_of_payment,
    fraud_reports_of_payment,
    open_case_of_customer,
    payment_of_customer,
    payments_of_customer,
    problems_to_report,
    receipts_of_payment,
    refunds_of_payment,
    shops_paid_by,
    timeline_of,
)
from payments.states import ApprovalKind, PaymentStatus
from payments.types import Cursor, Happening, Page, PaymentFilter
from points.queries import points_earned_by
from portal.forms import PaymentSearch
from portal.guards import CustomerRequest, customer_required
from portal.shapes import items_of
from portal.views._answers import see_other, ways

if TYPE_CHECKING:
    from payments.models import Payment
    from payments.types import TimelineItem

MONTHS_BACK: Final = 18
COLUMNS: Final = (
    "payment", "created_at", "status", "shop", "order_number", "description", "currency", "amount", "points",
    "amount_captured", "amount_refunded", "card_brand", "card_last4",
)  # fmt: skip
"""Of the list as a file: for programs, the same in every language."""
CANCELABLE: Final = {PaymentStatus.REQUIRES_APPROVAL, PaymentStatus.AUTHORIZED}


@require_safe
@customer_required
def listed(request: CustomerRequest) -> HttpResponse:
    """Newest first, by key, so that nothing is skipped while new payments arrive."""
    form, asked = _search(request)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""))
    found = payments_of_customer(request.customer.id, _wanted(asked), cursor)
    filters = {name: value for name, value in asked.items() if value}
    facts = {
        "form": form,
        "payments": found.rows,
        "page": ways(found, cursor),
        "query": urlencode(filters),
        "filtered": bool(filters),
    }
    return render(request, "portal/payments.html", facts)


@require_safe
@customer_required
def export(request: CustomerRequest) -> StreamingHttpResponse:
    """The list as a file, with the filters of the page that it was asked from."""
    _form, asked = _search(request)
    wanted = _wanted(asked)

    def page_after(last: str) -> Page["Payment"]:
        cursor = Cursor(starting_after=last, limit=ROWS_AT_ONCE)
        return payments_of_customer(request.customer.id, wanted, cursor)

    day = clock.business_date(clock.now())
    return csv_answer(as_csv(COLUMNS, page_after=page_after, cells=_cells), name=f"payments-{day:%Y-%m-%d}")


def _cells(payment: "Payment") -> Iterable[object]:
    return (
        payment.id,
        payment.created_at.astimezone(TOKYO).isoformat(timespec="seconds"),
        payment.status,
        payment.shop.display_name,
        payment.merchant_reference,
        payment.description,
        payment.currency,
        payment.amount.as_decimal_text(),
        payment.points_minor,
        payment.amount_captured.as_decimal_text(),
        payment.amount_refunded.as_decimal_text(),
        payment.card_brand,
        payment.card_last4,
    )


def _search(request: CustomerRequest) -> tuple[PaymentSearch, Mapping[str, str]]:
    form = PaymentSearch(
        request.GET or None,
        shops=[(use.shop.id, use.shop.display_name) for use in shops_paid_by(request.customer.id)],
        months=_months(clock.now()),
    )
    return form, form.cleaned_data if form.is_bound and form.is_valid() else {}


@require_safe
@customer_required
def one(request: CustomerRequest, payment_id: str) -> HttpResponse:
    return _shown(request, payment_id)


@require_POST
@customer_required
def cancel(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """Possible until the shop has taken the money; what the card company promised goes back to it."""
    payment = payment_of_customer(request.customer.id, payment_id)
    try:
        payments.cancel_payment(payment_id=payment.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return _shown(request, payment_id, refusal=str(refusal))
    return see_other("portal:payment", payment.id)


def _shown(request: CustomerRequest, payment_id: str, *, refusal: str = "") -> HttpResponse:
    now = clock.now()
    payment = payment_of_customer(request.customer.id, payment_id)
    waiting = payment.status == PaymentStatus.REQUIRES_APPROVAL and now < payment.expires_at
    facts = {
        "payment": payment,
        "shop": payment.shop,
        "items": items_of(payment),
        "story": [_told(item, payment) for item in timeline_of(payment)],
        "refunds": refunds_of_payment(payment),
        "receipts": receipts_of_payment(payment),
        "sentence": decline_sentence_of(payment),
        "checks": card_check_of(payment),
        "lots": points_earned_by(payment.id),
        "waiting": waiting,
        "challenge": challenge_of(payment) if payment.status == PaymentStatus.PROCESSING else None,
        "may_cancel": payment.status in CANCELABLE or bool(payment.capturable),
        "cases": disputes_of_payment(payment),
        "reports": fraud_reports_of_payment(payment),
        "own_case": open_case_of_customer(payment),
        "may_report": bool(problems_to_report(payment)),
        "refusal": refusal,
    }
    return render(request, "portal/payment.html", facts, status=422 if refusal else 200)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story as a customer reads it."""

    title: str | Promise
    at: datetime
    tone: str
    icon: str
    note: str | Promise


# fmt: off
_STORY: Final[dict[Happening, tuple[str | Promise, str, str]]] = {
    Happening.CREATED:          (_("The shop asked for the payment"),                      "",     "shop"),
    Happening.APPROVED:         (_("You approved it with your passkey"),                   "good", "passkey"),
    Happening.CHARGED:          (_("The shop charged it, by your permission"),             "",     "shop"),
    Happening.ASKED_3DS:        (_("The card company was asked whether it is you"),        "",     "card"),
    Happening.CHALLENGED:       (_("The card company wanted to see that it is you"),       "wait", "hand"),
    Happening.AUTHENTICATED:    (_("The card company confirmed that it was you"),          "good", "check"),
    Happening.NOT_AUTHENTICATED: (_("The card company did not confirm that it was you"),   "",     "info"),
    Happening.POINTS_SET_ASIDE: (_("Your points were set aside for it; no card is used"),  "good", "leaf"),
    Happening.ASKED_ISSUER:     (_("We asked the card company"),                           "",     "card"),
    Happening.OUTCOME_UNKNOWN:  (_("The answer did not arrive; we are asking again"),      "wait", "clock"),
    Happening.AUTHORIZED:       (_("The card company promised the amount"),                "good", "lock"),
    Happening.DECLINED:         (_("The card company did not approve it"),                 "harm", "no"),
    Happening.STOPPED:          (_("Stopped before your card company was asked for it"),   "harm", "no"),
    Happening.REVERSED:         (_("The question was undone; nothing is held on the card"), "",    "return"),
    Happening.CAPTURED:         (_("The shop took the amount"),                            "good", "done"),
    Happening.CAPTURE_REFUSED:  (_("The card network did not carry it out; nothing is taken"), "harm", "return"),
    Happening.RELEASED:         (_("The rest is no longer held on your card"),             "",     "return"),
    Happening.CANCELED:         (_("Canceled; what was promised went back"),               "",     "no"),
    Happening.EXPIRED:          (_("The time was over"),                                   "",     "clock"),
    Happening.REFUND_BEGUN:     (_("The shop began a refund"),                             "wait", "return"),
    Happening.REFUND_SUCCEEDED: (_("Refunded to your card"),                               "good", "return"),
    Happening.REFUND_FAILED:    (_("The refund did not go through; the shop knows"),       "harm", "no"),
    Happening.PROBLEM_REPORTED:   (_("You told the shop that something is wrong"),         "wait", "hand"),
    Happening.FRAUD_REPORTED:     (_("It was reported that this payment was not yours"),   "harm", "alert"),
    Happening.INQUIRY_OPENED:     (_("Your card company asked the shop about it"),         "wait", "hand"),
    Happening.DISPUTE_OPENED:     (_("Your card company took the amount back for now"),    "wait", "return"),
    Happening.EVIDENCE_SUBMITTED: (_("The shop answered"),                                 "",     "mail"),
    Happening.SECOND_STAGE_BEGUN: (_("The dispute went into its second stage"),            "wait", "clock"),
    Happening.DISPUTE_WON:        (_("The card company decided for the shop"),             "",     "no"),
    Happening.DISPUTE_LOST:       (_("The card company decided for you"),                  "good", "done"),
    Happening.DISPUTE_ACCEPTED:   (_("The shop gave in; the amount stays with you"),       "good", "done"),
    Happening.INQUIRY_CLOSED:     (_("The case was closed"),                               "",     "check"),
}
_WITHOUT_CARD: Final[dict[Happening, str | Promise]] = {
    Happening.RELEASED:         _("The rest of your points is no longer set aside"),
    Happening.REFUND_SUCCEEDED: _("The points are in your wallet again"),
}
# fmt: on


def _told(item: "TimelineItem", payment: "Payment") -> Moment:
    title, tone, icon = _STORY[item.happening]
    if not payment.card_id:
        title = _WITHOUT_CARD.get(item.happening, title)
    note: str | Promise = ""
    match item.happening:
        case Happening.DECLINED | Happening.STOPPED if item.facts.get("text_key"):
            note = customer_sentence(item.facts["text_key"])
        case Happening.APPROVED if item.facts.get("kind") == ApprovalKind.SPC:
            note = _("Your browser itself showed and signed the payee and the amount.")
        case (
            Happening.CHARGED
            | Happening.ASKED_ISSUER
            | Happening.CAPTURED
            | Happening.CAPTURE_REFUSED
            | Happening.RELEASED
            | Happening.REFUND_BEGUN
            | Happening.REFUND_SUCCEEDED
        ):
            note = str(Money(item.facts["amount_minor"], payment.currency))
    return Moment(title, item.at, tone, icon, note)


def _wanted(asked: Mapping[str, str]) -> PaymentFilter:
    begin, end = _month_range(asked.get("month", ""))
    return PaymentFilter(
        statuses=(asked["status"],) if asked.get("status") else (),
        created_from=begin,
        created_before=end,
        shop_id=asked.get("shop", ""),
        text=asked.get("text", ""),
    )


def _months(now: datetime) -> list[tuple[str, str]]:
    """The last months, newest first: ("2026-11", "November 2026")."""
    first = now.astimezone(clock.TOKYO).replace(day=1)
    months = []
    for _step in range(MONTHS_BACK):
        months.append((f"{first:%Y-%m}", date_format(first, "Y年n月" if get_language() == "ja" else "F Y")))
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def _month_range(month: str) -> tuple[datetime | None, datetime | None]:
    if not month:
        return None, None
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=clock.TOKYO)
    return begin, (begin + timedelta(days=32)).replace(day=1)
