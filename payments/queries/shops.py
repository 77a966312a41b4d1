"""What one shop is to one customer."""

from typing import TYPE_CHECKING

from merchants.errors import ShopNotFound
from merchants.queries import shops_by_ids
from payments.models import Grant, Payment
from payments.states import PaymentStatus

if TYPE_CHECKING:
    from merchants.models import Shop


def shop_of_customer(customer_id: str, shop_id: str) -> "Shop":
    """A shop that this customer has to do with. Refuses (ShopNotFound) all others like none at all."""
    mine = {"customer_id": customer_id, "shop_id": shop_id}
    if not customer_id or not (Payment.objects.filter(**mine).exists() or Grant.objects.filter(**mine).exists()):
        raise ShopNotFound
    return shops_by_ids([shop_id])[shop_id]


def open_payments_at(customer_id: str, merchant_id: str) -> list[Payment]:
    """Of this customer at this merchant: approved or on the way, and nothing taken yet. Oldest first."""
    return list(
        Payment.objects.select_related("shop")
        .filter(
            customer_id=customer_id,
            merchant_id=merchant_id,
            status__in=[PaymentStatus.REQUIRES_APPROVAL, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED],
        )
        .order_by("pk")
    )
