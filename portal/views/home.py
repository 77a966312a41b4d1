"""The customer's first page: what needs me, the latest payments, points, next steps."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.queries import cards_of, passkeys_of, wallet_of_customer
from common import clock
from payments.queries import payments_of_customer
from payments.states import PaymentStatus
from payments.types import Cursor, PaymentFilter
from points.family_queries import invitations_for
from points.gift_queries import gifts_for
from points.queries import points_of
from portal.guards import CustomerRequest, customer_required

if TYPE_CHECKING:
    from payments.models import Payment

LATEST: Final = 5
SOON: Final = timedelta(days=7)
"""So long before points expire they need their owner: the second mail about it goes out then, too."""


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    customer = request.customer
    cards = list(cards_of(customer))
    usable = [card for card in cards if card.is_usable(now=now)]
    passkeys = list(passkeys_of(customer))
    waiting = payments_of_customer(
        customer.id,
        PaymentFilter(statuses=(PaymentStatus.REQUIRES_APPROVAL, PaymentStatus.PROCESSING)),
        Cursor(limit=3),
    )
    points = points_of(wallet_of_customer(customer).id, now)
    facts: dict[str, Any] = {
        "payments": payments_of_customer(customer.id, cursor=Cursor(limit=LATEST)).rows,
        "waiting": [payment for payment in waiting.rows if _needs_me(payment, now)],
        "points": points,
        "points_end_soon": points.next_expiry_at is not None and points.next_expiry_at <= now + SOON,
        "gifts": gifts_for(customer, now=now),
        "invitations": invitations_for(customer, now=now),
        "usable": usable,
        "no_card": not usable,
        "expired": [card for card in cards if card.is_expired(now=now)],
        "no_passkey": not passkeys,
        "one_passkey": len(passkeys) == 1,
    }
    return render(request, "portal/home.html", facts)


def _needs_me(payment: "Payment", now: datetime) -> bool:
    """Approving it again, or waiting with us. What nobody can approve any more needs nobody."""
    return payment.status == PaymentStatus.PROCESSING or now < payment.expires_at
