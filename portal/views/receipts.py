"""What proves a payment: the receipt to read and print, to keep as PDF, and the signed statements themselves."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.queries import wallet_of_customer
from common.money import Money
from payments.card_check import CheckLine, read_codes
from payments.queries import payment_of_customer, published_keys, receipts_of_payment, receipts_of_wallet
from payments.receipts import NotSound, copy_of_customer, verify_receipt
from payments.states import DisputeStatus, ReceiptKind
from portal.guards import CustomerRequest, customer_required
from portal.receipt_pdf import receipt_pdf
from portal.shapes import items_of
from portal.words import RECEIPT_TITLES

if TYPE_CHECKING:
    from payments.models import Payment, Receipt

logger = logging.getLogger(__name__)

_KEYS_STAY_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Stated:
    """One signed statement as its customer reads it."""

    receipt: "Receipt"
    said: dict[str, Any]

    @property
    def title(self) -> str:
        return str(RECEIPT_TITLES[self.receipt.kind])

    @property
    def network_reference(self) -> str:
        return str((self.said.get("authorization") or {}).get("network_reference", ""))

    @property
    def amount(self) -> Money | None:
        return Money(self.said["amount"], self.said["currency"]) if "amount" in self.said else None

    @property
    def points(self) -> int:
        return int(self.said.get("points", 0))

    @property
    def by_card(self) -> Money | None:
        return Money(self.said["card_amount"], self.said["currency"]) if "card_amount" in self.said else None

    @property
    def outcome(self) -> str:
        """How a dispute ended; empty for every other statement."""
        return str(DisputeStatus(self.said["outcome"]).label) if "outcome" in self.said else ""

    @property
    def checks(self) -> list[CheckLine]:
        """What was checked, as far as it was signed; beside the taking only, for the others look back at the same."""
        taken = self.receipt.kind in {ReceiptKind.CAPTURE, ReceiptKind.CAPTURE_REFUSED}
        return read_codes(self.said.get("card_check", ())) if taken else []

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.said["happened_at"]["utc"])


@require_safe
@customer_required
def show(request: CustomerRequest, payment_id: str) -> HttpResponse:
    payment = payment_of_customer(request.customer.id, payment_id)
    return render(request, "portal/receipt.html", _facts(payment))


@require_safe
@customer_required
def pdf(request: CustomerRequest, payment_id: str) -> HttpResponse:
    facts = _facts(payment_of_customer(request.customer.id, payment_id))
    if not facts["stated"]:
        raise Http404
    paper = receipt_pdf(
        payment=facts["payment"],
        shop=facts["shop"],
        items=facts["items"],
        stated=facts["stated"],
        language=get_language() or "en",
    )
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{facts["payment"].id}.pdf"'
    return answer


@require_safe
@customer_required
def signed(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """The statements of one payment as they were signed, one per line."""
    payment = payment_of_customer(request.customer.id, payment_id)
    return _lines(receipts_of_payment(payment), name=f"receipt-{payment.id}")


@require_safe
@customer_required
def chain(request: CustomerRequest) -> HttpResponse:
    """All statements of the wallet, the oldest first: together they show that none is missing."""
    return _lines(receipts_of_wallet(wallet_of_customer(request.customer).id), name="receipts")


@require_safe
def jwks(_request: HttpRequest) -> HttpResponse:
    """The public keys of all receipts. For everybody, and for their caches."""
    answer = JsonResponse(published_keys(), content_type="application/jwk-set+json")
    answer["Cache-Control"] = f"public, max-age={_KEYS_STAY_SECONDS}"
    return answer


def _facts(payment: "Payment") -> dict[str, Any]:
    """Only what a signature covers is shown as stated: each statement is checked before it is read."""
    receipts, keys = receipts_of_payment(payment), published_keys()
    return {
        "payment": payment,
        "shop": payment.shop,
        "items": items_of(payment),
        "stated": [stated for receipt in receipts if (stated := _stated(receipt, keys))],
        "signed": bool(receipts),
    }


def _stated(receipt: "Receipt", keys: dict[str, Any]) -> Stated | None:
    """None for one whose signature does not hold: somebody changed our tables, and the page says that it is wrong."""
    try:
        return Stated(receipt, verify_receipt(receipt.jws, keys))
    except NotSound:
        logger.exception("%s is not sound", receipt.id)
        return None


def _lines(receipts: "list[Receipt]", *, name: str) -> HttpResponse:
    if not receipts:
        raise Http404
    text = "".join(f"{copy_of_customer(receipt.jws, opening=receipt.opening)}\n" for receipt in receipts)
    answer = HttpResponse(text, content_type="text/plain; charset=us-ascii")
    answer["Content-Disposition"] = f'attachment; filename="{name}.jws"'
    return answer
