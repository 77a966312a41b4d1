"""Where customers may be sent back to, shop by shop."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.errors import Refusal
from dashboard.forms import ReturnUrlForm
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer, see_other
from merchants import services as merchants
from merchants.queries import return_urls_of, shop_of_merchant, shops_of
from merchants.states import May


@require_safe
@member_required(May.WEBHOOKS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    return _shown(request)


@require_POST
@member_required(May.KEYS_WRITE)
def add(request: MemberRequest) -> HttpResponse:
    form = ReturnUrlForm(request.POST, shops=_choices(request))
    if form.is_valid():
        shop = shop_of_merchant(request.merchant.id, form.cleaned_data["shop"])
        try:
            merchants.register_return_url(
                shop_id=shop.id, url=form.cleaned_data["url"], by=request.actor, now=clock.now()
            )
        except Refusal as refusal:
            form.add_error("url", str(refusal))
        else:
            messages.success(request, _("Registered. Payments may name this address from now on."))
            return see_other(request, "return_urls")
    return _shown(request, form=form)


@require_POST
@member_required(May.KEYS_WRITE)
def withdraw(request: MemberRequest, return_url_id: str) -> HttpResponse:
    """Payments that were created with it keep it."""
    merchants.withdraw_return_url(
        merchant_id=request.merchant.id, return_url_id=return_url_id, by=request.actor, now=clock.now()
    )
    messages.success(request, _("Withdrawn. New payments can no longer name this address."))
    return see_other(request, "return_urls")


def _shown(request: MemberRequest, *, form: ReturnUrlForm | None = None) -> HttpResponse:
    registered = return_urls_of(request.merchant.id)
    facts: dict[str, Any] = {
        "shops": [
            (shop, [one for one in registered if one.shop_id == shop.id]) for shop in shops_of(request.merchant.id)
        ],
        "form": form or ReturnUrlForm(shops=_choices(request)),
    }
    return answer(request, "return_urls", facts, refused=form is not None)


def _choices(request: MemberRequest) -> list[tuple[str, str]]:
    return [(shop.id, shop.display_name) for shop in shops_of(request.merchant.id)]
