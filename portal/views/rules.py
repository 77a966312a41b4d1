"""My rules: what may be paid from my wallet at all, and the brake that stops everything.

Tightening works at once. What allows more leads to a proof of who it is, and comes back with what was typed.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services as accounts
from accounts.errors import LooseningNeedsProof
from accounts.queries import rules_of, wallet_of_customer
from common import clock
from common.money import yen
from merchants.queries import first_shops_of, merchants_by_ids
from payments.queries import shops_paid_by, used_by_merchant, used_of
from portal.forms import RulesForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.shapes import Usage, usage_of
from portal.views._answers import ask_who_it_is, proved, refusals_on, see_other


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    again = RulesForm(request.GET) if "again" in request.GET else None
    return _shown(request, again)


@require_POST
@customer_required
def change(request: CustomerRequest) -> HttpResponse:
    form = RulesForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            try:
                accounts.change_rules(
                    wallet_id=wallet_of_customer(request.customer).id,
                    wanted=form.as_rules(),
                    proved=proved(request),
                    by=request.actor,
                    now=clock.now(),
                )
            except LooseningNeedsProof:
                return ask_who_it_is(request, "portal:rules")
            messages.success(request, _("Your rules are saved and hold from now on."))
            return see_other("portal:rules")
    return _shown(request, form, status=422)


@require_POST
@customer_required
def freeze(request: CustomerRequest) -> HttpResponse:
    """The one button that stops everything. It asks for nothing first."""
    accounts.freeze_wallet(wallet_id=wallet_of_customer(request.customer).id, by=request.actor, now=clock.now())
    return see_other("portal:rules")


@require_POST
@recently_authenticated
@customer_required
def unfreeze(request: CustomerRequest) -> HttpResponse:
    accounts.unfreeze_wallet(
        wallet_id=wallet_of_customer(request.customer).id, proved=proved(request), by=request.actor, now=clock.now()
    )
    messages.success(request, _("Your wallet can pay again."))
    return see_other("portal:rules")


def _shown(request: CustomerRequest, form: RulesForm | None, *, status: int = 200) -> HttpResponse:
    now, wallet_id = clock.now(), wallet_of_customer(request.customer).id
    view, used = rules_of(wallet_id), used_of(wallet_id, now=now)
    facts: dict[str, Any] = {
        "form": form or RulesForm(initial=RulesForm.initial_of(view.rules)),
        "again": "again" in request.GET,
        "rules": view.rules,
        "today": usage_of(used.day_minor, view.rules.per_day_minor),
        "this_month": usage_of(used.month_minor, view.rules.per_month_minor),
        "shops": _shops(request, wallet_id),
    }
    return render(request, "portal/rules.html", facts, status=status)


def _shops(request: CustomerRequest, wallet_id: str) -> list[dict[str, Any]]:
    """The merchants with a rule of their own, each with a shop of theirs that leads to its page."""
    rules = rules_of(wallet_id).shops
    if not rules:
        return []
    spent, known = used_by_merchant(wallet_id, now=clock.now()), merchants_by_ids(rules)
    pages = {use.shop.merchant_id: use.shop for use in reversed(shops_paid_by(request.customer.id))}
    # A rule may come before the first payment; the page of a shop that has closed since is nobody's then.
    pages |= first_shops_of(one for one in rules.keys() - pages.keys() if known[one].is_open)
    return [
        {
            "merchant": known[merchant_id],
            "shop": pages.get(merchant_id),
            "rules": rule,
            "per_payment": rule.per_payment_minor and yen(rule.per_payment_minor),
            "month": _at_shop(spent.get(merchant_id, 0), rule.per_month_minor),
        }
        for merchant_id, rule in sorted(rules.items())
    ]


def _at_shop(used_minor: int, limit_minor: int | None) -> Usage | None:
    return usage_of(used_minor, limit_minor) if limit_minor is not None else None
