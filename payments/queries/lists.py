"""One payment, or one refund, or a page of them. Whose row it is belongs to every question."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

from django.db.models import Model, Prefetch, Q, QuerySet

from common.ids import read_id
from payments.card_check import CheckLine, in_order, read_json
from payments.declines import SAYS_ANOTHER_CARD, customer_sentence
from payments.errors import PaymentNotFound, RefundNotFound
from payments.models import Authorization, Capture, Payment, Refund
from payments.models.payment import WAITS_FOR_CAPTURE
from payments.types import Cursor, Page, PaymentFilter

Row = TypeVar("Row", bound=Model)

FIRST_PAGE: Final = Cursor()
EVERYTHING: Final = PaymentFilter()


def with_snapshot() -> QuerySet[Payment]:
    """With all that a snapshot needs, in three queries."""
    return Payment.objects.select_related("merchant", "shop").prefetch_related(
        Prefetch("authorizations", Authorization.objects.order_by("id")), "captures"
    )


def _refunds() -> QuerySet[Refund]:
    return Refund.objects.select_related("payment").prefetch_related("parts")


def payment_of_merchant(merchant_id: str, payment_id: str) -> Payment:
    """Refuses (PaymentNotFound) another merchant's payment like one that is not there."""
    return _only(with_snapshot().filter(merchant_id=merchant_id, pk=payment_id))


def payment_of_customer(customer_id: str, payment_id: str) -> Payment:
    """A payment that this customer approved. Refuses (PaymentNotFound) all others alike."""
    if not customer_id:
        raise PaymentNotFound
    return _only(with_snapshot().filter(customer_id=customer_id, pk=payment_id))


def payment_for_approval(payment_id: str, *, customer_id: str = "") -> Payment:
    """What the approval page shows: to everybody with the link until somebody approved, then to that customer only.

    Refuses (PaymentNotFound).
    """
    return _only(with_snapshot().filter(pk=payment_id, customer_id__in={"", customer_id}))


def payments_of_merchant(
    merchant_id: str, wanted: PaymentFilter = EVERYTHING, cursor: Cursor = FIRST_PAGE
) -> Page[Payment]:
    """Newest first. A cursor that is no payment of theirs gives an empty page."""
    return page_of(_filtered(with_snapshot().filter(merchant_id=merchant_id), wanted), cursor, prefix="pay")


def payments_of_customer(
    customer_id: str, wanted: PaymentFilter = EVERYTHING, cursor: Cursor = FIRST_PAGE
) -> Page[Payment]:
    """Newest first: what this customer approved, whatever became of it."""
    if not customer_id:
        return Page()
    return page_of(_filtered(with_snapshot().filter(customer_id=customer_id), wanted), cursor, prefix="pay")


def waiting_for_capture(merchant_id: str, *, limit: int = 10) -> list[Payment]:
    """Promises of which something may still be captured, the one that ends first at the top."""
    rows = Payment.objects.filter(WAITS_FOR_CAPTURE, merchant_id=merchant_id).select_related("shop")
    return list(rows.order_by("capture_before", "id")[:limit])


def captures_of(payment: Payment) -> list[Capture]:
    """Those that stand, oldest first; what the network refused is none."""
    return Capture.standing(payment)


def refund_of_merchant(merchant_id: str, refund_id: str) -> Refund:
    refund = _refunds().filter(merchant_id=merchant_id, pk=refund_id).first()
    if refund is None:
        raise RefundNotFound
    return refund


def refunds_of_merchant(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    merchant_id: str,
    *,
    payment_id: str = "",
    statuses: Iterable[str] = (),
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    cursor: Cursor = FIRST_PAGE,
) -> Page[Refund]:
    """Newest first."""
    rows = _refunds().filter(merchant_id=merchant_id)
    if payment_id:
        rows = rows.filter(payment_id=payment_id)
    if statuses := tuple(statuses):
        rows = rows.filter(status__in=statuses)
    rows = between(rows, created_from, created_before)
    return page_of(rows, cursor, prefix="ref")


def refunds_of_payment(payment: Payment) -> list[Refund]:
    """Oldest first."""
    return list(payment.refunds.order_by("id"))


def decline_sentence_of(payment: Payment) -> str:
    """Why the last attempt was declined, for the customer, in the language of the moment; empty when it was not."""
    attempt = payment.latest_authorization
    return customer_sentence(attempt.text_key) if attempt and attempt.text_key else ""


def may_try_another_card(payment: Payment) -> bool:
    """Whether a page should say so beside the sentence, which does not in every case."""
    attempt = payment.latest_authorization
    return attempt is not None and bool(attempt.text_key) and attempt.text_key not in SAYS_ANOTHER_CARD


def card_check_of(payment: Payment) -> list[CheckLine]:
    """What was checked at the last attempt, in the order of reading; nothing before the first one."""
    attempt = payment.latest_authorization
    return in_order(read_json(attempt.card_check)) if attempt else []


def _only(rows: QuerySet[Payment]) -> Payment:
    payment = rows.first()
    if payment is None:
        raise PaymentNotFound
    return payment


def _filtered(rows: QuerySet[Payment], wanted: PaymentFilter) -> QuerySet[Payment]:
    if wanted.statuses:
        rows = rows.filter(status__in=wanted.statuses)
    if wanted.reference:
        rows = rows.filter(merchant_reference=wanted.reference)
    if wanted.shop_id:
        rows = rows.filter(shop_id=wanted.shop_id)
    if wanted.text:
        rows = rows.filter(
            Q(shop__display_name__icontains=wanted.text)
            | Q(description__icontains=wanted.text)
            | Q(merchant_reference__icontains=wanted.text)
            | Q(pk=wanted.text)
        )
    return between(rows, wanted.created_from, wanted.created_before)


def between(rows: QuerySet[Row], created_from: datetime | None, created_before: datetime | None) -> QuerySet[Row]:
    if created_from:
        rows = rows.filter(created_at__gte=created_from)
    if created_before:
        rows = rows.filter(created_at__lt=created_before)
    return rows


def page_of(rows: QuerySet[Row], cursor: Cursor, *, prefix: str) -> Page[Row]:
    """One page by key: ids are in the order of time, so no row is skipped or shown twice while others arrive."""
    for given in (cursor.starting_after, cursor.ending_before):
        if given and read_id(given, prefix=prefix) is None:
            return Page()
    if cursor.ending_before:
        found = list(rows.filter(pk__gt=cursor.ending_before).order_by("pk")[: cursor.limit + 1])
        return Page(rows=found[: cursor.limit][::-1], has_more=len(found) > cursor.limit)
    if cursor.starting_after:
        rows = rows.filter(pk__lt=cursor.starting_after)
    found = list(rows.order_by("-pk")[: cursor.limit + 1])
    return Page(rows=found[: cursor.limit], has_more=len(found) > cursor.limit)
