"""A shop asks for a permission: who, how much, how often, until when; a passkey signs it. In the look of an approval.

The limits may be lowered first: the page is then shown anew with its sentence about the lower ones, so what is read is
always what is signed. A visitor who is not signed in sees the request, and comes back to it.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import customer_of_user, passkeys_of, wallet_of_customer
from common import clock
from common.errors import Kind, Refusal
from payments import services as payments
from payments.errors import GrantLimitsNotPossible
from payments.permission import permission, permission_of
from payments.queries import grant_for_approval, has_paid_at, rules_against_grant
from payments.states import GrantStatus
from portal.forms import ApproveGrantForm, GrantOfferForm, LimitsForm
from portal.guards import CustomerRequest, customer_required
from portal.middleware import trusted_types
from portal.shapes import address_with, card_choices, first_error
from portal.views._answers import see_other

if TYPE_CHECKING:
    from accounts.models import Customer
    from payments.models import Grant


@require_safe
@trusted_types
def show(request: HttpRequest, grant_id: str) -> HttpResponse:
    """The question, with lower limits if the query names some. An answered one leads to what became of it."""
    now = clock.now()
    customer = customer_of_user(request.user)
    grant = grant_for_approval(grant_id, customer_id=customer.id if customer else "")
    if not _is_waiting(grant, now=now):
        return see_other("portal:grant_done", grant.id)
    if customer is None:
        return render(request, "portal/grant_visitor.html", _shop_facts(grant))
    lower = LimitsForm(request.GET) if request.GET else None
    facts = _question(customer, grant, now=now, lower=lower)
    return render(request, "portal/grant_approve.html", facts, status=422 if lower and lower.errors else 200)


@require_POST
@customer_required
def offer(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """What the passkey has to sign for this card and these limits, for the page's script."""
    grant = grant_for_approval(grant_id, customer_id=request.customer.id)
    form = GrantOfferForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"message": first_error(form)}, status=422)
    try:
        offered = payments.offer_grant_approval(
            grant_id=grant.id,
            customer_id=request.customer.id,
            card_id=form.cleaned_data["card"],
            **form.asked(grant.currency),
            now=clock.now(),
        )
    except Refusal as refusal:
        return JsonResponse({"message": str(refusal)}, status=404 if refusal.kind is Kind.NOT_FOUND else 422)
    return JsonResponse(
        {"challenge_id": offered.challenge_id, "kind": offered.kind, "public_key": offered.public_key, "spc": None}
    )


@require_POST
@trusted_types
@customer_required
def approve(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """The yes."""
    now = clock.now()
    form = ApproveGrantForm(request.POST)
    if form.is_valid():
        try:
            payments.approve_grant(
                grant_id=grant_id,
                customer_id=request.customer.id,
                challenge_id=form.cleaned_data["challenge"],
                assertion=form.cleaned_data["assertion"],
                by=request.actor,
                now=now,
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            return see_other("portal:grant_done", grant_id)
    grant = grant_for_approval(grant_id, customer_id=request.customer.id)
    if not _is_waiting(grant, now=now):
        return see_other("portal:grant_done", grant.id)
    question = _question(request.customer, grant, now=now, form=form, lower=LimitsForm(request.POST))
    return render(request, "portal/grant_approve.html", question, status=422)


@require_POST
@customer_required
def decline(request: CustomerRequest, grant_id: str) -> HttpResponse:
    """Not now. The shop is told, and may ask again another day."""
    grant = grant_for_approval(grant_id, customer_id=request.customer.id)
    try:
        payments.decline_grant(grant_id=grant.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is not Kind.STATE:
            raise  # otherwise somebody was faster, and the next page says what became of it
    return see_other("portal:grant_done", grant.id)


@require_safe
@trusted_types
def done(request: HttpRequest, grant_id: str) -> HttpResponse:
    """What became of it, and the way back to the shop."""
    now = clock.now()
    customer = customer_of_user(request.user)
    grant = grant_for_approval(grant_id, customer_id=customer.id if customer else "")
    if _is_waiting(grant, now=now):
        return see_other("portal:grant_approve", grant.id)
    facts = _shop_facts(grant) | {
        # Seen, and perhaps not yet swept up: to the reader it is over.
        "outcome": "not_answered" if grant.status == GrantStatus.REQUESTED else grant.ended_why or str(grant.status),
        "mine": customer is not None and grant.customer_id == customer.id,
        "sentence": permission_of(grant),
    }
    return render(request, "portal/grant_done.html", facts)


def _is_waiting(grant: "Grant", *, now: datetime) -> bool:
    return grant.status == GrantStatus.REQUESTED and now < grant.expires_at


def _question(
    customer: "Customer",
    grant: "Grant",
    *,
    now: datetime,
    form: ApproveGrantForm | None = None,
    lower: LimitsForm | None = None,
) -> dict[str, Any]:
    limits = _limits(grant, lower)
    choices = card_choices(customer, asked=form.data.get("card", "") if form else "", now=now)
    passkeys = list(passkeys_of(customer))
    shown = {
        "limit_per_payment": limits["limit_per_payment"].minor,
        "limit_per_period": None if limits["limit_per_period"] is None else limits["limit_per_period"].minor,
        "until": limits["until"],
    }
    return _shop_facts(grant) | {
        "first_time": not has_paid_at(customer.id, grant.shop_id),
        "sentence": permission(
            shop=grant.shop.display_name,
            kind=grant.kind,
            per_payment=limits["limit_per_payment"],
            per_period=limits["limit_per_period"],
            period=grant.period,
            until=limits["until"],
        ),
        "limits": shown,
        "is_lower": lower is not None and not lower.errors,
        "lower": lower if lower and lower.errors else LimitsForm(initial=shown),
        "stopped": rules_against_grant(grant, wallet_id=wallet_of_customer(customer).id),
        "choices": choices,
        "can_pay": any(choice.chosen for choice in choices),
        "passkeys": passkeys,
        "way": "device" if any(not passkey.software for passkey in passkeys) else "software",
        "software_ids": " ".join(passkey.credential_id_b64u for passkey in passkeys if passkey.software),
        "form": form,
    }


def _limits(grant: "Grant", lower: LimitsForm | None) -> dict[str, Any]:
    """The shop's limits, or lower ones; higher ones are said on their form, and the shop's are shown."""
    asked = {
        "limit_per_payment": grant.limit_per_payment,
        "limit_per_period": grant.limit_per_period,
        "until": grant.until,
    }
    if lower is None or not lower.is_valid():
        return asked
    wished = {name: value for name, value in lower.asked(grant.currency).items() if value is not None}
    if any(asked[name] is None or wished[name] > asked[name] for name in wished):
        lower.add_error(None, str(GrantLimitsNotPossible()))
        return asked
    chosen = {**asked, **wished}
    if chosen["limit_per_period"] is not None and chosen["limit_per_payment"] > chosen["limit_per_period"]:
        # Who lowers the larger limit below the smaller one means both.
        chosen["limit_per_payment"] = chosen["limit_per_period"]
    return chosen


def _shop_facts(grant: "Grant") -> dict[str, Any]:
    return {
        "grant": grant,
        "shop": grant.shop,
        "merchant": grant.merchant,
        "origin_words": urlsplit(grant.shop.origin).netloc,
        "sentence": permission_of(grant),
        "back_url": address_with(grant.return_url, grant=grant.id, state=str(grant.status)),
        "here": resolve_url("portal:grant_approve", grant.id),
    }
