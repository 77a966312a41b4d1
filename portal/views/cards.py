"""My cards: add, name, use first, freeze, remove, and every touch of each.

A card number never reaches these views: the form's fields have no names, its script seals them in the browser to the
key of an intake, and only the sealed box is sent on to the safe.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services as accounts
from accounts.queries import card_of, cards_of, wallet_of_customer
from common import clock
from common.errors import Kind, Refusal
from events.queries import audit_about
from portal.forms import CardForm, FreezeForm, RenameCardForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.middleware import trusted_types
from portal.shapes import card_state
from portal.views._answers import refusals_on, see_other, way_back
from vault import services as vault

if TYPE_CHECKING:
    from events.models import AuditRecord

TOUCHES: Final = 50

# fmt: off
_TOUCHED: Final[dict[str, tuple[str | Promise, str]]] = {
    "card.verified":   (gettext_lazy("The card company confirmed the card"),          "done"),
    "card.authenticated": (gettext_lazy("The card company was asked whether it is you"), "shield"),
    "card.authorized": (gettext_lazy("The card company was asked about a payment"),   "card"),
    "card.captured":   (gettext_lazy("A payment was taken"),                          "done"),
    "card.voided":     (gettext_lazy("A promise was given back"),                     "return"),
    "card.released":   (gettext_lazy("The rest of a promise was given back"),         "return"),
    "card.reversed":   (gettext_lazy("A question without an answer was undone"),      "return"),
    "card.refunded":   (gettext_lazy("A refund was sent to the card"),                "return"),
    "card.forgotten":  (gettext_lazy("The safe forgot the number"),                   "bin"),
    "card.renewed":    (gettext_lazy("The card company sent a new expiry"),           "clock"),
    "card.added":      (gettext_lazy("You added the card"),                           "plus"),
    "card.renamed":    (gettext_lazy("You renamed the card"),                         "card"),
    "card.made_default": (gettext_lazy("You chose the card to be used first"),        "star"),
    "card.frozen":     (gettext_lazy("You froze the card"),                           "freeze"),
    "card.unfrozen":   (gettext_lazy("You unfroze the card"),                         "done"),
    "card.needs_attention": (gettext_lazy("The card company had something to say about the card"), "alert"),
    "card.removed":    (gettext_lazy("You removed the card"),                         "bin"),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Touch:
    """One use of a card, as its owner reads it."""

    at: datetime
    text: str | Promise
    icon: str
    reference: str


@require_safe
@customer_required
def listed(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    cards = [(card, card_state(card, now=now)) for card in cards_of(request.customer)]
    return render(request, "portal/cards.html", {"cards": cards})


@require_http_methods(["GET", "HEAD", "POST"])
@trusted_types
@recently_authenticated
@customer_required
def add(request: CustomerRequest) -> HttpResponse:
    """A form whose card fields only the safe can read. Every rendering has an intake of its own."""
    back = way_back(request, "portal:cards")
    if request.method != "POST":
        return _add_form(request, CardForm(), back=back)
    form = CardForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            card = accounts.add_card(
                customer_id=request.customer.id,
                intake_id=form.cleaned_data["intake"],
                session_ref=_session_ref(request),
                sealed=form.cleaned_data["sealed"],
                nickname=form.cleaned_data["nickname"],
                by=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("The card ending in {last4} is in your wallet.").format(last4=card.last4))
            return see_other(back)
    return _add_form(request, form, back=back)


@require_safe
@customer_required
def one(request: CustomerRequest, card_id: str) -> HttpResponse:
    return _shown(request, card_id)


@require_POST
@customer_required
def rename(request: CustomerRequest, card_id: str) -> HttpResponse:
    card = card_of(request.customer, card_id)
    form = RenameCardForm(request.POST)
    if form.is_valid():
        with refusals_on(form, "nickname"):
            accounts.rename_card(
                card_id=card.id, nickname=form.cleaned_data["nickname"], by=request.actor, now=clock.now()
            )
    return _shown(request, card_id, rename=form) if form.errors else see_other("portal:card", card.id)


@require_POST
@customer_required
def make_default(request: CustomerRequest, card_id: str) -> HttpResponse:
    """From now on it is offered first."""
    return _pressed(request, card_id, accounts.set_default_card)


@require_POST
@customer_required
def freeze(request: CustomerRequest, card_id: str) -> HttpResponse:
    """Pull the brake: nothing new is authorized with this card until its owner releases it."""
    card = card_of(request.customer, card_id)
    form = FreezeForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            accounts.freeze_card(card_id=card.id, reason=form.cleaned_data["reason"], by=request.actor, now=clock.now())
    return _shown(request, card_id, freeze=form) if form.errors else see_other("portal:card", card.id)


@require_POST
@recently_authenticated
@customer_required
def unfreeze(request: CustomerRequest, card_id: str) -> HttpResponse:
    return _pressed(request, card_id, accounts.unfreeze_card)


@require_POST
@recently_authenticated
@customer_required
def remove(request: CustomerRequest, card_id: str) -> HttpResponse:
    """Out of the wallet for good; the safe is told to forget the number."""
    card = card_of(request.customer, card_id)
    try:
        accounts.remove_card(card_id=card.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        return _shown(request, card_id, refusal=refusal)
    messages.success(request, _("The card ending in {last4} was removed.").format(last4=card.last4))
    return see_other("portal:cards")


def _pressed(request: CustomerRequest, card_id: str, verb: Callable[..., object]) -> HttpResponse:
    """A button that needs no form: the verb, and the card's page again."""
    card = card_of(request.customer, card_id)
    try:
        verb(card_id=card.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        return _shown(request, card_id, refusal=refusal)
    return see_other("portal:card", card.id)


def _shown(
    request: CustomerRequest,
    card_id: str,
    *,
    rename: RenameCardForm | None = None,
    freeze: FreezeForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    card = card_of(request.customer, card_id)
    touched = [*audit_about(card.card_token, limit=TOUCHES), *audit_about(card.id, limit=TOUCHES)]
    facts: dict[str, Any] = {
        "card": card,
        "state": card_state(card, now=clock.now()),
        "rename": rename or RenameCardForm(initial={"nickname": card.nickname}),
        "freeze": freeze or FreezeForm(),
        "refusal": refusal,
        "touches": [_touch(record) for record in sorted(touched, key=lambda record: record.id, reverse=True)[:TOUCHES]],
    }
    refused = bool(refusal or rename or freeze)
    return render(request, "portal/card.html", facts, status=422 if refused else 200)


def _touch(record: "AuditRecord") -> Touch:
    text, icon = _TOUCHED.get(record.action, (record.action, "dot"))
    return Touch(record.at, text, icon, str(record.data.get("reference", "")))


def _add_form(request: CustomerRequest, form: CardForm, *, back: str) -> HttpResponse:
    """The page with a fresh intake. Without the safe there is no key to seal to, and the page says so."""
    intake = None
    try:
        intake = vault.open_intake(
            customer_ref=wallet_of_customer(request.customer).id, session_ref=_session_ref(request), now=clock.now()
        )
    except Refusal as refusal:
        if refusal.kind is not Kind.UNAVAILABLE:
            raise
    facts = {"form": form, "intake": intake, "back": back}
    status = 503 if intake is None else 422 if form.errors else 200
    return render(request, "portal/card_add.html", facts, status=status)


def _session_ref(request: CustomerRequest) -> str:
    """Names this session to the safe without being a key to it."""
    return salted_hmac("portal.card_intake", request.session.session_key or "").hexdigest()
