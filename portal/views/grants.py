"""One permission that I gave to a shop: what it may do, what it did, and the brakes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import usable_cards
from common import clock
from common.clock import business_date
from common.errors import Kind, Refusal
from common.money import Money
from payments import services as payments
from payments.permission import permission, permission_of
from payments.queries import charges_of_grant, grant_of_customer, grants_of_customer, history_of_grant
from payments.states import GrantEnd, GrantKind, GrantStatus
from payments.types import Cursor
from portal.forms import GrantCardForm, LimitsForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.shapes import card_choices
from portal.views._answers import refusals_on, see_other, ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Customer
    from payments.models import Grant, GrantChange


@require_safe
@customer_required
def one(request: CustomerRequest, grant_id: str) -> HttpResponse:
    return _shown(request, grant_id)


@require_POST
@customer_required
def pause(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """The brake: nothing is charged until it is resumed."""
    return _pressed(request, grant_id, payments.pause_grant)


@require_POST
@recently_authenticated
@customer_required
def resume(request: CustomerRequest, grant_id: str) -> HttpResponse:
    return _pressed(request, grant_id, payments.resume_grant)


@require_POST
@customer_required
def end(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """For good, and from this moment on."""
    return _pressed(request, grant_id, payments.end_grant)


@require_POST
@customer_required
def lower(request: CustomerRequest, grant_id: str) -> HttpResponse:
    grant = grant_of_customer(request.customer.id, grant_id)
    form = LimitsForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            payments.lower_grant(grant_id=grant.id, **form.asked(grant.currency), by=request.actor, now=clock.now())
    return _shown(request, grant_id, lower=form) if form.errors else see_other("portal:grant", grant.id)


@require_POST
@recently_authenticated
@customer_required
def change_card(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """Another card of the wallet pays from now on."""
    grant = grant_of_customer(request.customer.id, grant_id)
    form = GrantCardForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            payments.change_grant_card(
                grant_id=grant.id, card_id=form.cleaned_data["card"], by=request.actor, now=clock.now()
            )
    return _shown(request, grant_id, card=form) if form.errors else see_other("portal:grant", grant.id)


def _pressed(request: CustomerRequest, grant_id: str, verb: "Callable[..., Grant]") -> HttpResponse:
    grant = grant_of_customer(request.customer.id, grant_id)
    try:
        verb(grant_id=grant.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return _shown(request, grant_id, refusal=str(refusal))
    return see_other("portal:grant", grant.id)


def _shown(
    request: CustomerRequest,
    grant_id: str,
    *,
    lower: LimitsForm | None = None,
    card: GrantCardForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    now = clock.now()
    grant = grant_of_customer(request.customer.id, grant_id)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""), limit=10)
    charges = charges_of_grant(grant, cursor)
    choices = card_choices(request.customer, asked=grant.card_id, now=now)
    limits = {
        "limit_per_payment": grant.limit_per_payment_minor,
        "limit_per_period": grant.limit_per_period_minor,
        "until": grant.until,
    }
    facts: dict[str, Any] = {
        "grant": grant,
        "state": grant_state(grant, now=now),
        "usage": taken_of(grant, now=now),
        "shop": grant.shop,
        "sentence": permission_of(grant),
        "story": [_told(change, grant) for change in history_of_grant(grant)],
        "payments": charges.rows,
        "page": ways(charges, cursor),
        "choices": choices,
        "needs_card": grant.is_open and not any(one.card.id == grant.card_id and one.chosen for one in choices),
        "lower": lower or LimitsForm(initial=limits),
        "card_form": card,
        "refusal": refusal,
    }
    wrong = refusal or (lower and lower.errors) or (card and card.errors)
    return render(request, "portal/grant.html", facts, status=422 if wrong else 200)


@dataclass(frozen=True, slots=True)
class Line:
    """One permission in a list."""

    grant: "Grant"
    state: str
    sentence: str
    usage: "Taken"
    needs_card: bool

    @property
    def holds(self) -> bool:
        return self.state in {GrantStatus.ACTIVE, GrantStatus.PAUSED}


def lines_of(customer: "Customer", *, shop_id: str = "", now: datetime) -> list[Line]:
    """The newest first, those that have ended too."""
    cards = {card.id for card in usable_cards(customer, now=now)}
    return [
        Line(
            grant=grant,
            state=grant_state(grant, now=now),
            sentence=permission_of(grant),
            usage=taken_of(grant, now=now),
            needs_card=grant.is_open and grant.card_id not in cards,
        )
        for grant in grants_of_customer(customer.id, shop_id=shop_id)
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is used of the limit in this period."""

    used: Money
    left: Money
    most: Money
    ends: Any
    """The first day of the next period; none for a grant for one payment."""


def taken_of(grant: "Grant", *, now: datetime) -> Taken:
    period = grant.period_on(business_date(now))
    return Taken(
        used=grant.used_now(now=now),
        left=grant.left_now(now=now),
        most=grant.limit_per_period or grant.limit_per_payment,
        ends=period and period.end,
    )


def grant_state(grant: "Grant", *, now: datetime) -> str:
    """The word for it as its owner means it: why it ended, and that its last day is over before anybody swept it up."""
    if grant.is_open and grant.is_over(now=now):
        return GrantEnd.EXPIRED
    return str(grant.ended_why or grant.status)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the history as its customer reads it."""

    title: str | Promise
    at: datetime
    tone: str
    icon: str
    note: str


# fmt: off
_STORY: Final[dict[str, tuple[str | Promise, str, str]]] = {
    "create":      (_("The shop asked for the permission"),                   "",     "shop"),
    "approve":     (_("You gave it with your passkey"),                       "good", "passkey"),
    "decline":     (_("You did not give it"),                                 "",     "no"),
    "lapse":       (_("Nobody answered in time"),                             "",     "clock"),
    "pause":       (_("You paused it"),                                       "wait", "clock"),
    "resume":      (_("You let it go on"),                                    "good", "done"),
    "lower":       (_("You lowered its limits"),                              "good", "check"),
    "change_card": (_("You chose another card"),                              "",     "card"),
    "use_up":      (_("The payment that it was for was made"),                "",     "check"),
    "expire":      (_("Its last day was over"),                               "",     "clock"),
    "stop":        (_("The card company stopped it"),                         "harm", "no"),
    GrantEnd.BY_CUSTOMER: (_("You ended it"),                                 "",     "no"),
    GrantEnd.BY_MERCHANT: (_("The shop ended it"),                            "",     "no"),
}
# fmt: on


def _told(change: "GrantChange", grant: "Grant") -> Moment:
    title, tone, icon = _STORY[change.why if change.verb == "end" else change.verb]
    note = ""
    if change.verb in {"create", "approve", "lower"}:
        per_period = change.terms["limit_per_period"]
        note = permission(
            shop=grant.shop.display_name,
            kind=GrantKind(grant.kind),
            per_payment=Money(change.terms["limit_per_payment"], grant.currency),
            per_period=None if per_period is None else Money(per_period, grant.currency),
            period=grant.period,
            until=datetime.fromisoformat(change.terms["until"]).date(),
        )
    return Moment(title, change.at, tone, icon, note)
