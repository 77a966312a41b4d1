"""Every shop at which one can pay with this wallet, and what a purchase there would earn, before anybody has paid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.queries import rules_of, wallet_of_customer
from common import clock
from common.money import yen
from merchants.queries import open_shops
from payments.queries import shops_paid_by
from payments.types import Cursor, Page
from portal.earnings import Preview, Told, previews_of
from portal.forms import ShopSearch
from portal.guards import CustomerRequest, customer_required
from portal.views._answers import ways
from portal.views.shops import SPEND

if TYPE_CHECKING:
    from merchants.models import Shop

PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One shop of the list, for this reader."""

    shop: "Shop"
    earn: Preview
    campaigns: list[Told]
    is_blocked: bool
    has_paid: bool


@require_safe
@customer_required
def listed(request: CustomerRequest) -> HttpResponse:
    """By name and by key. Who else pays there is nobody's business: nothing on the page comes from other customers."""
    form = ShopSearch(request.GET if request.GET.keys() & {"text", "spend"} else {"spend": SPEND})
    form.is_valid()  # what cannot be read filters nothing, and says so beside its field
    asked: dict[str, Any] = form.cleaned_data
    text, spend = asked.get("text", ""), asked.get("spend") or SPEND
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    place = Cursor(starting_after=older, ending_before="" if older else newer)
    found = open_shops(text, starting_after=place.starting_after, ending_before=place.ending_before, limit=PAGE + 1)
    # One more than fits was asked for: it stands at the end that the reader is moving towards.
    shown = found[-PAGE:] if place.ending_before else found[:PAGE]
    facts = {
        "form": form,
        "spend": yen(spend),
        "lines": _lines(request, shown, spend=spend),
        "page": ways(Page(shown, has_more=len(found) > PAGE), place),
        "query": urlencode({"text": text, "spend": spend}),
        "filtered": bool(text),
    }
    return render(request, "portal/shops_find.html", facts)


def _lines(request: CustomerRequest, shops: "list[Shop]", *, spend: int) -> list[Line]:
    now, wallet_id = clock.now(), wallet_of_customer(request.customer).id
    merchants = list(dict.fromkeys(shop.merchant_id for shop in shops))
    told = previews_of(wallet_id=wallet_id, merchant_ids=merchants, base=yen(spend), now=now)
    rules, paid = rules_of(wallet_id), {use.shop.id for use in shops_paid_by(request.customer.id)}
    return [
        Line(
            shop=shop,
            earn=told[shop.merchant_id][0],
            campaigns=told[shop.merchant_id][1],
            is_blocked=rules.at(shop.merchant_id).blocked,
            has_paid=shop.id in paid,
        )
        for shop in shops
    ]
