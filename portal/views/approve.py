"""Approving a payment: the heart. Who sells, what, with which card and points; a passkey signs payee and amount.

The page never holds a card field, a password or a code. A visitor who is not signed in sees the summary, and comes back
to it; so does a customer who first has to add a card or make a payment passkey.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import customer_of_user, passkeys_of, wallet_of_customer
from common import clock
from common.errors import Kind, Refusal
from common.money import Money, pts
from payments import services as payments
from payments.errors import PointsNeedProof
from payments.items import items_sold
from payments.queries import (
    card_check_of,
    challenge_of,
    decline_sentence_of,
    has_paid_at,
    may_try_another_card,
    payment_for_approval,
    rules_against,
)
from payments.states import PaymentStatus
from points.family_queries import in_pool_of
from points.queries import points_of
from portal.browser import browser_facts
from portal.earnings import Preview, preview_of
from portal.forms import ApproveForm, OfferForm
from portal.guards import CustomerRequest, customer_required
from portal.middleware import trusted_types
from portal.shapes import address_with, card_choices, first_error, items_of, split_of
from portal.views._answers import proof_and_back, proved, see_other

if TYPE_CHECKING:
    from accounts.models import Customer
    from payments.models import Payment

LOOK_AGAIN_SECONDS: Final = 3


@require_safe
@trusted_types
def show(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The question. A payment that is no longer waiting leads to what became of it."""
    now = clock.now()
    customer = customer_of_user(request.user)
    payment = payment_for_approval(payment_id, customer_id=customer.id if customer else "")
    if not _is_waiting(payment, now=now):
        return see_other("portal:approve_done", payment.id)
    if customer is None:
        return render(request, "portal/approve_visitor.html", shop_facts(payment))
    question = _question(customer, payment, now=now, asked=request.GET)
    return render(request, "portal/approve.html", question | {"again": "again" in request.GET})


@require_POST
@customer_required
def choose(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """Without a script: show the total with this card and these points. Nothing is kept."""
    payment = payment_for_approval(payment_id, customer_id=request.customer.id)
    chosen = {name: request.POST.get(name, "")[:40] for name in ("card", "points")}
    return see_other(f"{resolve_url('portal:approve', payment.id)}?{urlencode(chosen)}")


@require_safe
@customer_required
def earns(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """What it would earn with so many points used, for the page's script."""
    now = clock.now()
    payment = payment_for_approval(payment_id, customer_id=request.customer.id)
    wallet = wallet_of_customer(request.customer)
    split = split_of(payment, live=points_of(wallet.id, now).live, asked=request.GET.get("points", ""), has_card=True)
    earn = _earns(wallet.id, payment, split.card_part, now=now)
    return JsonResponse({"sentence": earn.sentence, "parts": earn.parts})


@require_POST
@customer_required
def offer(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """What the passkey has to sign for this card and these points, for the page's script."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"message": first_error(form)}, status=422)
    try:
        offered = payments.offer_approval(
            payment_id=payment_id,
            customer_id=request.customer.id,
            card_id=form.cleaned_data["card"],
            points=pts(form.cleaned_data["points"] or 0),
            proved=proved(request),
            kind=form.cleaned_data["kind"] or "webauthn.get",
            now=clock.now(),
        )
    except PointsNeedProof as no:
        chosen = [(name, form.data.get(name, "")) for name in ("card", "points")]
        go = proof_and_back(resolve_url("portal:approve", payment_id), chosen)
        return JsonResponse({"message": str(no), "go": go}, status=403)
    except Refusal as refusal:
        return JsonResponse({"message": str(refusal)}, status=404 if refusal.kind is Kind.NOT_FOUND else 422)
    return JsonResponse(
        {
            "challenge_id": offered.challenge_id,
            "kind": offered.kind,
            "public_key": offered.public_key,
            "spc": offered.spc,
        }
    )


@require_POST
@trusted_types
@customer_required
def approve(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """The yes. It waits for the card network's answer, at most the wire's whole time."""
    now = clock.now()
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            payments.approve_payment(
                payment_id=payment_id,
                customer_id=request.customer.id,
                challenge_id=form.cleaned_data["challenge"],
                assertion=form.cleaned_data["assertion"],
                browser=browser_facts(request, form.cleaned_data["screen"]),
                by=request.actor,
                now=now,
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            return see_other("portal:approve_done", payment_id)
    payment = payment_for_approval(payment_id, customer_id=request.customer.id)
    if not _is_waiting(payment, now=now):
        return see_other("portal:approve_done", payment.id)
    question = _question(request.customer, payment, now=now, asked=form.data, form=form)
    return render(request, "portal/approve.html", question, status=422)


@require_POST
@customer_required
def cancel(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """The customer does not want it."""
    payment = payment_for_approval(payment_id, customer_id=request.customer.id)
    try:
        payments.cancel_payment(payment_id=payment.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is not Kind.STATE:
            raise  # otherwise somebody was faster, and the next page says what became of it
    return see_other("portal:approve_done", payment.id)


@require_safe
@trusted_types
def done(request: HttpRequest, payment_id: str) -> HttpResponse:
    """What became of it, and the way back to the shop. While nobody knows, the page asks again by itself."""
    now = clock.now()
    customer = customer_of_user(request.user)
    payment = payment_for_approval(payment_id, customer_id=customer.id if customer else "")
    if _is_waiting(payment, now=now):
        return see_other("portal:approve", payment.id)
    if payment.status == PaymentStatus.PROCESSING and challenge_of(payment):
        return see_other("portal:approve_confirm", payment.id)
    mine = customer is not None and payment.customer_id == customer.id
    facts = shop_facts(payment) | {
        # Seen, and perhaps not yet swept up: to the reader it is over.
        "outcome": "expired" if payment.status == PaymentStatus.REQUIRES_APPROVAL else str(payment.status),
        "sentence": decline_sentence_of(payment),
        "checks": card_check_of(payment) if mine else [],
        "mine": mine,
    }
    response = render(request, "portal/approve_done.html", facts)
    if payment.status == PaymentStatus.PROCESSING:
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _is_waiting(payment: "Payment", *, now: datetime) -> bool:
    return payment.status == PaymentStatus.REQUIRES_APPROVAL and now < payment.expires_at


def _question(
    customer: "Customer",
    payment: "Payment",
    *,
    now: datetime,
    asked: Mapping[str, str],
    form: ApproveForm | None = None,
) -> dict[str, Any]:
    choices = card_choices(customer, asked=asked.get("card", ""), now=now)
    has_card = any(choice.chosen for choice in choices)
    passkeys = list(passkeys_of(customer))
    own = [passkey for passkey in passkeys if not passkey.software]
    wallet = wallet_of_customer(customer)
    live = points_of(wallet.id, now).live
    split = split_of(payment, live=live, asked=asked.get("points", ""), has_card=has_card)
    return shop_facts(payment) | {
        "first_time": not has_paid_at(customer.id, payment.shop_id),
        "choices": choices,
        "can_pay": has_card or not split.card_part,
        "stopped": rules_against(payment, wallet_id=wallet.id, by_grant=False, now=now),
        "passkeys": passkeys,
        "way": "device" if own else "software",
        "spc": any(passkey.spc for passkey in own),
        "software_ids": " ".join(passkey.credential_id_b64u for passkey in passkeys if passkey.software),
        "balance": live,
        "pool": in_pool_of(wallet.id, now=now) if live.minor < payment.amount.minor else None,
        "split": split,
        "earn": _earns(wallet.id, payment, split.card_part, now=now),
        "form": form,
        "sentence": decline_sentence_of(payment),
        "another_card": may_try_another_card(payment),
    }


def _earns(wallet_id: str, payment: "Payment", card_part: Money, *, now: datetime) -> Preview:
    """When the shop takes all of it: what a card pays earns points."""
    return preview_of(
        wallet_id=wallet_id,
        merchant_id=payment.merchant_id,
        base=card_part,
        items=items_sold(payment.items),
        now=now,
    )


def shop_facts(payment: "Payment") -> dict[str, Any]:
    return {
        "payment": payment,
        "shop": payment.shop,
        "merchant": payment.merchant,
        "origin_words": urlsplit(payment.shop.origin).netloc,
        "items": items_of(payment),
        "back_url": _back(payment.return_url, payment),
        "other_way_url": _back(payment.cancel_url or payment.return_url, payment),
        "here": resolve_url("portal:approve", payment.id),
    }


def _back(url: str, payment: "Payment") -> str:
    return address_with(url, payment=payment.id, state=str(payment.status))
