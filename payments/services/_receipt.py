"""What a receipt states. Only what its customer and its shop may both read: no wallet, no name, never more of a card
than four digits, and of the card check only the codes that a shop is told.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from common.clock import TOKYO, instant_text
from payments.card_check import codes
from payments.models import Authorization, Capture, DisputeChange, Payment, ReceiptDue, Refund
from payments.states import ReceiptKind

VERSION = 2
"""1 named the receipt before it openly; 2 commits to it (`payments/receipts.py`), and may state that no card paid."""


def statement(due: ReceiptDue, *, receipt_id: str, prev_commitment: str, now: datetime) -> dict[str, Any]:
    payment = Payment.objects.select_related("merchant", "shop").get(pk=due.payment_id)
    facts = _facts(due, payment)
    return {
        "id": receipt_id,
        "version": VERSION,
        "kind": str(due.kind),
        "prev_commitment": prev_commitment,
        "livemode": settings.LIVE,
        "commerce": {
            "name": settings.COMMERCE["name"],
            "operator": settings.COMMERCE["operator"],
            "url": settings.BASE_URL,
        },
        "shop": {
            "id": payment.shop_id,
            "name": payment.shop.display_name,
            "legal_name": payment.merchant.legal_name,
            "merchant": payment.merchant_id,
            "domain": urlsplit(payment.shop.origin).netloc,
        },
        "payment": payment.id,
        "merchant_reference": payment.merchant_reference,
        "card": {"brand": payment.card_brand, "last4": payment.card_last4} if facts["authorization"] else None,
        "happened_at": _both(due.happened_at),
        "issued_at": _both(now),
        **facts,
    }


def _facts(due: ReceiptDue, payment: Payment) -> dict[str, Any]:
    match ReceiptKind(due.kind):
        case ReceiptKind.CAPTURE | ReceiptKind.CAPTURE_REFUSED:
            capture = Capture.objects.select_related("authorization").get(pk=due.about_ref)
            return {
                "capture": capture.id,
                **_amounts(capture.amount_minor, capture.points_minor, capture.currency),
                **_promise(capture.authorization),
            }
        case ReceiptKind.REFUND:
            refund = Refund.objects.get(pk=due.about_ref)
            attempt = payment.latest_authorization
            return {
                "refund": refund.id,
                "refund_network_reference": refund.network_reference,
                **_amounts(refund.amount_minor, refund.points_minor, refund.currency),
                **_promise(attempt),
            }
        case ReceiptKind.DISPUTE:
            change = DisputeChange.objects.select_related("dispute__authorization").get(pk=due.about_ref)
            dispute = change.dispute
            promise = _promise(dispute.authorization or payment.latest_authorization)
            return {
                "dispute": dispute.id,
                "outcome": str(change.new),
                # Where no card paid, what is disputed was paid with points.
                **_amounts(
                    dispute.amount_minor, 0 if promise["authorization"] else dispute.amount_minor, dispute.currency
                ),
                **promise,
            }


def _amounts(minor: int, points: int, currency: str) -> dict[str, Any]:
    return {"amount": minor, "points": points, "card_amount": minor - points, "currency": currency}


def _promise(attempt: Authorization | None) -> dict[str, Any]:
    """`authorization` is null where no card was asked: what was paid with points alone is unknown to the network."""
    if attempt is None:
        return {"authorization": None, "card_check": []}
    promise = {"id": attempt.id, "network_reference": attempt.network_reference}
    return {
        "authorization": promise if attempt.network_reference else None,
        "card_check": codes(attempt.card_check),
    }


def _both(at: datetime) -> dict[str, str]:
    """The instant as the world writes it, and as a clock in Tokyo showed it."""
    return {"utc": instant_text(at), "tokyo": at.astimezone(TOKYO).isoformat(timespec="milliseconds")}
