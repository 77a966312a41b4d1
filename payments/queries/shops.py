"""What one shop is to one customer."""

from typing import TYPE_CHECKING

from merchants.errors import ShopNotFound
from merchants.queries import shop_by_id
from payments.models import Grant, Payment
from payments.states import PaymentStatus

if TYPE_CHECKING:
    from merchants.models import Shop


def shop_for_customer(customer_id: str, shop_id: str) -> "Shop":
    """A shop at which anybody can pay now, or with which this customer has to do: one that is closed by now is as
    unknown to all others as none at all (ShopNotFound).
    """
    shop = shop_by_id(shop_id)
    if not shop.merchant.is_open and not is_known_to(customer_id, shop_id):
        raise ShopNotFound
    return shop


def is_known_to(customer_id: str, shop_id: str) -> bool:
    """Whether this customer has to do with the shop: a payment or a permission, whatever became of it."""
    mine = {"customer_id": customer_id, "shop_id": shop_id}
    return bool(customer_id) and (Payment.objects.filter(**mine).exists() or Grant.objects.filter(**mine).exists())


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
