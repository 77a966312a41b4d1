"""Questions about signed receipts."""

from typing import Any

from payments.errors import ReceiptNotFound
from payments.models import Payment, PublishedKey, Receipt
from payments.receipts import keys_as_set


def receipts_of_payment(payment: Payment) -> list[Receipt]:
    """In the order in which they were issued."""
    return list(Receipt.objects.filter(payment=payment).order_by("sequence"))


def receipt_of_merchant(merchant_id: str, payment_id: str) -> list[Receipt]:
    """The receipts of this merchant's payment. Refuses (ReceiptNotFound) when there is none, and for all others."""
    receipts = Receipt.objects.filter(payment_id=payment_id, payment__merchant_id=merchant_id).order_by("sequence")
    found = list(receipts)
    if not found:
        raise ReceiptNotFound
    return found


def receipts_of_wallet(wallet_id: str) -> list[Receipt]:
    """The whole chain, the oldest first."""
    return list(Receipt.objects.filter(wallet_id=wallet_id).order_by("sequence"))


def published_keys() -> dict[str, Any]:
    """The JWKS: every key that signed a receipt here or is about to, the newest first."""
    return keys_as_set(list(PublishedKey.objects.order_by("-published_at", "kid").values_list("jwk", flat=True)))
