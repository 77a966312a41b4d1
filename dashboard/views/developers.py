"""Connecting a shop: the overview with everything that a first request needs."""

from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import clock
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer
from merchants.queries import api_keys_of, return_urls_of
from merchants.states import May
from webhooks.queries import endpoints_of_merchant

TEST_CARDS: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("4242 4242 4242 4242", _("approved (Visa)")),
    ("5555 5555 5555 4444", _("approved (Mastercard)")),
    ("3530 1113 3330 0000", _("approved (JCB)")),
    ("4000 0000 0000 9995", _("declined: insufficient_funds")),
    ("4000 0000 0000 0341", _("can be added, and every payment is declined: card_declined")),
    ("4000 0099 0000 0038", _("approved, but the answer is lost: captured after an inquiry")),
    ("4000 0099 0000 0343", _("approved, and the refund is declined")),
)
"""The shop never sees them: they are typed into the customer's own pages."""


@require_safe
@member_required(May.WEBHOOKS_READ)
def show(request: MemberRequest) -> HttpResponse:
    now = clock.now()
    merchant_id = request.merchant.id
    live_keys = [key for key in api_keys_of(merchant_id) if key.is_live(now=now)]
    return_urls = return_urls_of(merchant_id)
    facts = {
        "base_url": settings.BASE_URL,
        "return_url": return_urls[0].url if return_urls else "https://…",
        "key_prefix": live_keys[0].prefix if live_keys else "",
        "live_keys": len(live_keys),
        "return_urls": len(return_urls),
        "endpoints": len(endpoints_of_merchant(merchant_id)),
        "test_cards": TEST_CARDS if settings.SANDBOX else (),
    }
    return answer(request, "developers", facts)
