"""The shops that I paid, with what I paid there, what each may take by my permission, and what I allow one of them.

A shop that is open has its page for everybody: what one would earn there, and what one allows it before the first time.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import services as accounts
from accounts.errors import LooseningNeedsProof
from accounts.queries import rules_of, wallet_of_customer
from accounts.rules import ShopRules
from common import clock
from common.money import yen
from payments import services as payments
from payments.queries import (
    is_known_to,
    open_payments_at,
    payments_of_customer,
    shop_for_customer,
    shops_paid_by,
    used_by_merchant,
)
from payments.types import ChargesEnded, Cursor, PaymentFilter
from portal.earnings import previews_of
from portal.forms import ShopLimitForm, SpendForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.shapes import usage_of
from portal.views._answers import ask_who_it_is, proved, refusals_on, see_other
from portal.views.grants import lines_of

if TYPE_CHECKING:
    from merchants.models import Shop

SPEND: Final = 1_000
"""In yen: for what the page says, unasked, what it would earn."""


@require_safe
@customer_required
def listed(request: CustomerRequest) -> HttpResponse:
    uses = shops_paid_by(request.customer.id)
    most = sorted(uses, key=lambda use: -use.paid.minor)[:8]
    permissions = lines_of(request.customer, now=clock.now())
    facts = {
        "uses": uses,
        "picture": [(use.shop.display_name, use.paid.minor) for use in most if use.paid],
        "open": [line for line in permissions if line.holds],
        "ended": [line for line in permissions if not line.holds],
    }
    return render(request, "portal/shops.html", facts)


@require_safe
@customer_required
def one(request: CustomerRequest, shop_id: str) -> HttpResponse:
    return _shown(request, shop_id, ShopLimitForm(request.GET) if "again" in request.GET else None)


@require_POST
@customer_required
def block(request: CustomerRequest, shop_id: str) -> HttpResponse:
    """From now on nothing is paid there, neither by approval nor by a permission."""
    shop = shop_for_customer(request.customer.id, shop_id)
    _set(request, shop, replace(_rules_at(request, shop), blocked=True))
    return see_other("portal:shop", shop.id)


@require_POST
@recently_authenticated
@customer_required
def unblock(request: CustomerRequest, shop_id: str) -> HttpResponse:
    shop = shop_for_customer(request.customer.id, shop_id)
    _set(request, shop, replace(_rules_at(request, shop), blocked=False))
    return see_other("portal:shop", shop.id)


@require_POST
@customer_required
def limit(request: CustomerRequest, shop_id: str) -> HttpResponse:
    shop = shop_for_customer(request.customer.id, shop_id)
    form = ShopLimitForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            try:
                _set(request, shop, form.as_rules(blocked=_rules_at(request, shop).blocked))
            except LooseningNeedsProof:
                return ask_who_it_is(request, "portal:shop", shop.id)
            messages.success(request, _("The limits for this shop are saved and hold from now on."))
            return see_other("portal:shop", shop.id)
    return _shown(request, shop_id, form, status=422)


@require_POST
@customer_required
def cancel_all(request: CustomerRequest, shop_id: str) -> HttpResponse:
    """Everything that the shop could still take; the page then says what was done and what could not be."""
    shop = shop_for_customer(request.customer.id, shop_id)
    ended = payments.cancel_open_charges(
        customer_id=request.customer.id, merchant_id=shop.merchant_id, by=request.actor, now=clock.now()
    )
    for text in _said(ended):
        messages.success(request, text)
    if ended.unknown:
        messages.warning(request, _unknown(len(ended.unknown)))
    return see_other("portal:shop", shop.id)


def _said(ended: ChargesEnded) -> list[str]:
    canceled, grants = len(ended.canceled), ended.grants
    said = []
    if canceled:
        said.append(
            ngettext("{n} open payment was canceled.", "{n} open payments were canceled.", canceled).format(n=canceled)
        )
    if grants:
        said.append(ngettext("{n} permission was ended.", "{n} permissions were ended.", grants).format(n=grants))
    return said or ([] if ended.unknown else [_("There was nothing to cancel.")])


def _unknown(count: int) -> str:
    return ngettext(
        "Of {n} payment nobody knows yet what became of it, so it cannot be canceled now. It stands below.",
        "Of {n} payments nobody knows yet what became of them, so they cannot be canceled now. They stand below.",
        count,
    ).format(n=count)


def _earns(request: CustomerRequest, shop: "Shop", wallet_id: str, *, now: datetime) -> dict[str, Any]:
    """What a purchase here would earn now; campaigns about certain goods are told, not asked, as none are named."""
    form = SpendForm(request.GET if "spend" in request.GET else {"spend": SPEND})
    spend = form.cleaned_data["spend"] if form.is_valid() else SPEND
    here = previews_of(wallet_id=wallet_id, merchant_ids=[shop.merchant_id], base=yen(spend), now=now)
    earn, campaigns = here[shop.merchant_id]
    return {"spend_form": form, "earn": earn, "campaigns": campaigns}


def _rules_at(request: CustomerRequest, shop: "Shop") -> ShopRules:
    return rules_of(wallet_of_customer(request.customer).id, merchant_id=shop.merchant_id).at(shop.merchant_id)


def _set(request: CustomerRequest, shop: "Shop", wanted: ShopRules) -> None:
    accounts.set_shop_rule(
        wallet_id=wallet_of_customer(request.customer).id,
        merchant_id=shop.merchant_id,
        shop_name=shop.display_name,
        wanted=wanted,
        proved=proved(request),
        by=request.actor,
        now=clock.now(),
    )


def _shown(
    request: CustomerRequest,
    shop_id: str,
    form: ShopLimitForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    now, wallet_id = clock.now(), wallet_of_customer(request.customer).id
    shop = shop_for_customer(request.customer.id, shop_id)
    rules = _rules_at(request, shop)
    facts: dict[str, Any] = {
        "shop": shop,
        "is_known": is_known_to(request.customer.id, shop.id),
        "rules": rules,
        "form": form or ShopLimitForm(initial=ShopLimitForm.initial_of(rules)),
        "again": "again" in request.GET,
        "this_month": usage_of(used_by_merchant(wallet_id, now=now).get(shop.merchant_id, 0), rules.per_month_minor),
        "permissions": [line for line in lines_of(request.customer, shop_id=shop.id, now=now) if line.holds],
        "open_payments": open_payments_at(request.customer.id, shop.merchant_id),
        **_earns(request, shop, wallet_id, now=now),
        "payments": payments_of_customer(request.customer.id, PaymentFilter(shop_id=shop.id), Cursor(limit=5)).rows,
    }
    return render(request, "portal/shop.html", facts, status=status)
