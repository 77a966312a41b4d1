"""What must hold before a challenge is opened, and must still hold when it is answered."""

from datetime import datetime
from typing import TYPE_CHECKING

from accounts.states import CardAttention, CardStatus
from common.states import next_state
from merchants.states import MerchantStatus
from payments.errors import (
    CardClosed,
    CardExpired,
    CardFrozen,
    CardNotUsable,
    MerchantNotOpen,
    PaymentExpired,
    PaymentNotFound,
)
from payments.models import Payment
from payments.states import PAYMENT_TRANSITIONS, PaymentStatus

if TYPE_CHECKING:
    from accounts.models import Card


def refuse_unless_approvable(payment: Payment, *, customer_id: str, now: datetime) -> None:
    """The instant `expires_at` itself is too late."""
    if payment.customer_id not in {"", customer_id}:
        raise PaymentNotFound
    next_state(PAYMENT_TRANSITIONS, PaymentStatus(payment.status), "approve")
    if now >= payment.expires_at:
        raise PaymentExpired
    if payment.merchant.status != MerchantStatus.ADMITTED:
        raise MerchantNotOpen


def refuse_unless_usable(card: "Card", *, now: datetime) -> None:
    """For a permission, which asks no issuer yet. A payment looks at more (`_checks`)."""
    if card.status == CardStatus.FROZEN:
        raise CardFrozen
    if card.attention == CardAttention.CLOSED:
        raise CardClosed
    if card.is_expired(now=now):
        raise CardExpired
    if not card.is_usable(now=now):
        raise CardNotUsable
