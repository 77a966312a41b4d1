"""Questions about signed receipts."""

from payments.errors import ReceiptNotFound
from payments.models import Payment, Receipt
from vault.queries import published_keys

__all__ = ["published_keys", "receipt_of_merchant", "receipts_of_payment", "receipts_of_wallet"]


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
