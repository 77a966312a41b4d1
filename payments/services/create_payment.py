"""A shop asks for a payment. Nobody is known yet who would pay it: that is who approves.

Asking again with the same `payment_id` (or the same merchant reference under it) gives the first payment back, and
changes nothing. Refuses: ReferenceUsed (another payment has this merchant reference, for ever), RepeatDiffers,
MerchantNotOpen, ReturnUrlNotRegistered, CancelUrlNotRegistered, CurrencyNotAccepted, AmountTooSmall, AmountTooLarge,
LifeNotPossible, FactsTooLarge, and UnacceptableText for text that hides something.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from common.actors import Actor
from common.db import transaction
from common.insert_once import insert_once
from common.json import compact
from common.money import MOST_MINOR, Money
from common.text import clean_line
from events import services as events
from merchants.queries import merchant_by_id, shop_for_return_url
from merchants.states import MerchantStatus
from payments.details import origin_of
from payments.errors import (
    AmountTooLarge,
    AmountTooSmall,
    CancelUrlNotRegistered,
    CurrencyNotAccepted,
    FactsTooLarge,
    LifeNotPossible,
    MerchantNotOpen,
    ReferenceUsed,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.items import clean_items
from payments.models import Payment, PaymentStatusChange
from payments.queries import payment_snapshot
from payments.states import (
    LEAST_CARD_PART_MINOR,
    LONGEST_LIFE,
    PAYMENT_LIFE,
    SHORTEST_LIFE,
    CaptureMethod,
    PaymentStatus,
)

if TYPE_CHECKING:
    from merchants.models import Merchant, Shop

CURRENCIES: Final = frozenset({"JPY"})
"""A point pays one yen, so points and the card's part add up in yen only."""
MOST_FACTS_BYTES: Final = 12_000
"""Description, items and metadata together: a webhook stays under 20 kB."""


@transaction
def create_payment(  # noqa: PLR0913 (a payment is this many facts, and all are named)
    *,
    payment_id: str,
    merchant_id: str,
    amount: Money,
    merchant_reference: str,
    return_url: str,
    cancel_url: str = "",
    capture_method: str = CaptureMethod.AUTOMATIC,
    description: str = "",
    items: Sequence[Mapping[str, Any]] = (),
    metadata: Mapping[str, str] | None = None,
    expires_in_seconds: int | None = None,
    by: Actor,
    now: datetime,
) -> Payment:
    life = PAYMENT_LIFE if expires_in_seconds is None else timedelta(seconds=expires_in_seconds)
    asked = Payment(
        id=payment_id,
        merchant_id=merchant_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        capture_method=CaptureMethod(capture_method),
        merchant_reference=clean_line(merchant_reference, 255),
        description=clean_line(description, 500, may_be_empty=True),
        items=clean_items(items),
        return_url=return_url,
        cancel_url=cancel_url,
        metadata=dict(metadata or {}),
        expires_at=now + life,
        created_at=now,
        updated_at=now,
    )
    if first := _first_like(asked):
        return _repeated(first, asked, life)

    merchant = merchant_by_id(merchant_id)
    asked.merchant, asked.shop = merchant, _shop_of(asked, merchant)
    _refuse_what_cannot_be_paid(amount, life, asked)

    # Of two that ask at the same moment one inserts; the other waits for its commit here, and finds the first.
    if not insert_once(asked):
        return _repeated(_first_like(asked), asked, life)
    PaymentStatusChange.objects.create(
        payment=asked, version=1, old="", new=PaymentStatus.REQUIRES_APPROVAL, verb="create", by=by.ref, at=now
    )
    events.record_event(
        "payment.created",
        subject=asked.id,
        owner_ref=merchant_id,
        by=by,
        at=now,
        data=payment_snapshot(asked),
        facts={"payment": asked.id, "wallet": "", "customer": ""},
    )
    return asked


def _first_like(asked: Payment) -> Payment | None:
    same = {"merchant_id": asked.merchant_id, "merchant_reference": asked.merchant_reference}
    payments = Payment.objects.select_related("merchant", "shop")
    return payments.filter(**same).first() or payments.filter(pk=asked.pk).first()


def _repeated(first: Payment | None, asked: Payment, life: timedelta) -> Payment:
    if first is None or (first.pk == asked.pk and first.merchant_id != asked.merchant_id):
        raise RepeatDiffers
    if first.pk != asked.pk:
        raise ReferenceUsed(payment_id=first.pk)
    question = ("amount_minor", "currency", "capture_method", "merchant_reference", "description", "items")
    more = ("return_url", "cancel_url", "metadata")
    if any(getattr(first, name) != getattr(asked, name) for name in (*question, *more)):
        raise RepeatDiffers
    if first.expires_at - first.created_at != life:
        raise RepeatDiffers
    return first


def _shop_of(asked: Payment, merchant: "Merchant") -> "Shop":
    if merchant.status != MerchantStatus.ADMITTED:
        raise MerchantNotOpen
    shop = shop_for_return_url(merchant.id, asked.return_url)
    if shop is None:
        raise ReturnUrlNotRegistered(url=asked.return_url)
    if asked.cancel_url and origin_of(asked.cancel_url) != shop.origin:
        other = shop_for_return_url(merchant.id, asked.cancel_url)
        if other is None or other.pk != shop.pk:
            raise CancelUrlNotRegistered(url=asked.cancel_url)
    return shop


def _refuse_what_cannot_be_paid(amount: Money, life: timedelta, asked: Payment) -> None:
    if amount.currency not in CURRENCIES:
        raise CurrencyNotAccepted(currency=amount.currency)
    if amount.minor < LEAST_CARD_PART_MINOR:
        raise AmountTooSmall(least=Money(LEAST_CARD_PART_MINOR, amount.currency))
    if amount.minor > MOST_MINOR:
        raise AmountTooLarge(most=Money(MOST_MINOR, amount.currency))
    if not SHORTEST_LIFE <= life <= LONGEST_LIFE:
        raise LifeNotPossible(
            least_seconds=int(SHORTEST_LIFE.total_seconds()), most_seconds=int(LONGEST_LIFE.total_seconds())
        )
    if len(compact([asked.description, asked.items, asked.metadata]).encode()) > MOST_FACTS_BYTES:
        raise FactsTooLarge(most_bytes=MOST_FACTS_BYTES)
