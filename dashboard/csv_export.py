"""Payments as a table for spreadsheets, which must not be able to act there.

A cell that a spreadsheet would take for a formula gets an apostrophe in front. Texts are the shop's own, but they come
from its customers' baskets often enough.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from common.clock import TOKYO
from payments.queries import payments_of_merchant
from payments.types import Cursor, PaymentFilter

if TYPE_CHECKING:
    from payments.models import Payment

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it some spreadsheets read Japanese as noise."""
ROWS_AT_ONCE: Final = 500
_ACTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The full-width forms too: some spreadsheets take them for the narrow ones."""

COLUMNS: Final = (
    "payment", "created_at", "status", "merchant_reference", "description", "shop", "currency", "amount", "points",
    "card_amount", "amount_captured", "amount_refunded", "card_brand", "card_last4", "capture_method", "decline_code",
)  # fmt: skip
"""Names for programs: they are the same in every language, and stay."""


def inert(cell: object) -> str:
    """The cell as text that no spreadsheet reads as a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(_ACTS) else text


def payments_as_csv(merchant_id: str, wanted: PaymentFilter) -> Iterator[str]:
    """Line by line, newest first, in pages by key: a year of payments needs no more memory than a day."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    cursor = Cursor(limit=ROWS_AT_ONCE)
    while True:
        page = payments_of_merchant(merchant_id, wanted, cursor)
        for payment in page.rows:
            yield writer.writerow(inert(cell) for cell in _cells(payment))
        if not page.has_more:
            return
        cursor = Cursor(starting_after=page.rows[-1].id, limit=ROWS_AT_ONCE)


def _cells(payment: "Payment") -> Iterable[object]:
    attempt = payment.latest_authorization
    return (
        payment.id,
        payment.created_at.astimezone(TOKYO).isoformat(timespec="seconds"),
        payment.status,
        payment.merchant_reference,
        payment.description,
        payment.shop.display_name,
        payment.currency,
        payment.amount.as_decimal_text(),
        payment.points_minor,
        payment.card_part.as_decimal_text(),
        payment.amount_captured.as_decimal_text(),
        payment.amount_refunded.as_decimal_text(),
        payment.card_brand,
        payment.card_last4,
        payment.capture_method,
        attempt.decline_code if attempt else "",
    )


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line
