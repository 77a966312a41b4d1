"""Questions about payments. They never change anything; whose row it is belongs to every question."""

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db.models import Count, F, Max, Min, Model, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.errors import AssertionRefused
from accounts.passkeys import verify_assertion
from accounts.types import AssertionKind, PasskeyFacts
from common.clock import TOKYO, instant_text
from common.ids import read_id
from common.json import canonical
from common.money import Money, pts
from merchants.queries import shops_by_ids
from payments.declines import customer_sentence
from payments.details import ApprovalDetails, challenge_over
from payments.errors import PaymentNotFound, RefundNotFound
from payments.models import Advice, Approval, Authorization, Capture, Payment, PaymentStatusChange, Refund
from payments.states import (
    LONGEST_LIFE,
    PROMISE_LIFE,
    AdviceStatus,
    AuthorizationStatus,
    CaptureStatus,
    PaymentStatus,
    RefundStatus,
)
from payments.types import Cursor, Happening, Page, PaymentFilter, SalesDay, ShopUse, TimelineItem

Row = TypeVar("Row", bound=Model)

FIRST_PAGE = Cursor()
EVERYTHING = PaymentFilter()


def _payments() -> QuerySet[Payment]:
    """With all that a snapshot needs, in two queries."""
    return Payment.objects.select_related("merchant", "shop").prefetch_related(
        Prefetch("authorizations", Authorization.objects.order_by("id"))
    )


def payment_of_merchant(merchant_id: str, payment_id: str) -> Payment:
    """Refuses (PaymentNotFound) another merchant's payment like one that is not there."""
    return _only(_payments().filter(merchant_id=merchant_id, pk=payment_id))


def payment_of_customer(customer_id: str, payment_id: str) -> Payment:
    """A payment that this customer approved. Refuses (PaymentNotFound) all others alike."""
    if not customer_id:
        raise PaymentNotFound
    return _only(_payments().filter(customer_id=customer_id, pk=payment_id))


def payment_for_approval(payment_id: str, *, customer_id: str = "") -> Payment:
    """What the approval page shows: to everybody with the link until somebody approved, then to that customer only.

    Refuses (PaymentNotFound).
    """
    return _only(_payments().filter(pk=payment_id, customer_id__in={"", customer_id}))


def payment_with_reference(merchant_id: str, merchant_reference: str) -> Payment:
    return _only(_payments().filter(merchant_id=merchant_id, merchant_reference=merchant_reference))


def payments_of_merchant(
    merchant_id: str, wanted: PaymentFilter = EVERYTHING, cursor: Cursor = FIRST_PAGE
) -> Page[Payment]:
    """Newest first. A cursor that is no payment of theirs gives an empty page."""
    return _page(_filtered(_payments().filter(merchant_id=merchant_id), wanted), cursor, prefix="pay")


def payments_of_customer(
    customer_id: str, wanted: PaymentFilter = EVERYTHING, cursor: Cursor = FIRST_PAGE
) -> Page[Payment]:
    """Newest first: what this customer approved, whatever became of it."""
    if not customer_id:
        return Page()
    return _page(_filtered(_payments().filter(customer_id=customer_id), wanted), cursor, prefix="pay")


def has_paid_at(customer_id: str, shop_id: str) -> bool:
    """Whether this customer has ever paid at this shop, or has been promised to; if not, it is their first time."""
    return _paid_by(customer_id).filter(shop_id=shop_id).exists()


def shops_paid_by(customer_id: str) -> list[ShopUse]:
    """Where this customer has paid, the latest first."""
    sums = list(
        _paid_by(customer_id)
        .values("shop_id", "currency")
        .annotate(
            payments=Count("pk"),
            paid=Sum(F("amount_captured_minor") - F("amount_refunded_minor")),
            points_sum=Sum("points_minor"),
            first_at=Min("created_at"),
            last_at=Max("created_at"),
        )
        .order_by("-last_at")
    )
    shops = shops_by_ids(row["shop_id"] for row in sums)
    return [
        ShopUse(
            shop=shops[row["shop_id"]],
            payments=row["payments"],
            paid=Money(row["paid"], row["currency"]),
            points=pts(row["points_sum"]),
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in sums
    ]


def _paid_by(customer_id: str) -> QuerySet[Payment]:
    if not customer_id:
        return Payment.objects.none()
    return Payment.objects.filter(
        customer_id=customer_id, status__in=[PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED]
    )


def sales_by_day(merchant_id: str, *, first: date, last: date, currency: str = "JPY") -> list[SalesDay]:
    """Every day from `first` to `last`, both of them in it, the quiet ones too; days are those of Tokyo.

    What was refused by the network, and refunds that failed, count nowhere.
    """
    begin = datetime.combine(first, time(), tzinfo=TOKYO)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=TOKYO)
    of_day = {"day": TruncDate("created_at", tzinfo=TOKYO)}
    captured = (
        Capture.objects.filter(
            payment__merchant_id=merchant_id,
            # No promise is captured later than this after its payment was made: an index range, not all payments.
            payment__created_at__gte=begin - LONGEST_LIFE - PROMISE_LIFE,
            payment__created_at__lt=end,
            created_at__gte=begin,
            created_at__lt=end,
            currency=currency,
        )
        .exclude(status=CaptureStatus.REFUSED)
        .values(**of_day)
        .annotate(sum_minor=Sum("amount_minor"), count=Count("pk"))
    )
    refunded = (
        Refund.objects.filter(merchant_id=merchant_id, created_at__gte=begin, created_at__lt=end, currency=currency)
        .exclude(status=RefundStatus.FAILED)
        .values(**of_day)
        .annotate(sum_minor=Sum("amount_minor"), count=Count("pk"))
    )
    took, gave = ({row["day"]: (row["sum_minor"], row["count"]) for row in rows} for rows in (captured, refunded))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [
        SalesDay(
            day=day,
            captured=Money(took.get(day, (0, 0))[0], currency),
            captures=took.get(day, (0, 0))[1],
            refunded=Money(gave.get(day, (0, 0))[0], currency),
            refunds=gave.get(day, (0, 0))[1],
        )
        for day in days
    ]


def waiting_for_capture(merchant_id: str, *, limit: int = 10) -> list[Payment]:
    """Promises that nobody has used yet, the one that ends first at the top."""
    rows = Payment.objects.filter(merchant_id=merchant_id, status=PaymentStatus.AUTHORIZED).select_related("shop")
    return list(rows.order_by("capture_before", "id")[:limit])


def capture_of(payment: Payment) -> Capture | None:
    """The capture that stands; nothing when there is none, or when the network refused it."""
    return payment.captures.exclude(status=CaptureStatus.REFUSED).first()


def refund_of_merchant(merchant_id: str, refund_id: str) -> Refund:
    refund = Refund.objects.select_related("payment").filter(merchant_id=merchant_id, pk=refund_id).first()
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
    rows = Refund.objects.select_related("payment").filter(merchant_id=merchant_id)
    if payment_id:
        rows = rows.filter(payment_id=payment_id)
    if statuses := tuple(statuses):
        rows = rows.filter(status__in=statuses)
    rows = _between(rows, created_from, created_before)
    return _page(rows, cursor, prefix="ref")


def refunds_of_payment(payment: Payment) -> list[Refund]:
    """Oldest first."""
    return list(payment.refunds.order_by("id"))


def unknown_authorizations(*, limit: int = 100) -> list[Authorization]:
    """Outcomes that nobody knows yet, longest first: the staff's list."""
    open_ones = Authorization.objects.filter(status__in=[AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN])
    return list(open_ones.select_related("payment__merchant").order_by("sent_at")[:limit])


def open_advices(*, limit: int = 100) -> list[Advice]:
    """What the network has not acknowledged yet, longest first."""
    due = Advice.objects.filter(status=AdviceStatus.DUE)
    return list(due.select_related("authorization__payment").order_by("created_at")[:limit])


def pending_refunds(*, limit: int = 100) -> list[Refund]:
    return list(Refund.objects.filter(status=RefundStatus.PENDING).select_related("payment").order_by("id")[:limit])


def payment_snapshot(payment: Payment) -> dict[str, Any]:
    """The API's payment object without `checkout_url`, which only a face knows. It is the data of every payment event.

    `points_redeemed` counts from the capture on; `amount_refunded` counts pending refunds too.
    """
    attempt = payment.latest_authorization
    return {
        "id": payment.id,
        "object": "payment",
        "livemode": _livemode(),
        "status": str(payment.status),
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "amount_capturable": payment.capturable.minor,
        "amount_captured": payment.amount_captured_minor,
        "amount_refunded": payment.amount_refunded_minor,
        "points_redeemed": payment.points_minor if payment.status == PaymentStatus.CAPTURED else 0,
        "capture_method": str(payment.capture_method),
        "capture_before": payment.capture_before and instant_text(payment.capture_before),
        "merchant_reference": payment.merchant_reference,
        "description": payment.description,
        "items": payment.items,
        "return_url": payment.return_url,
        "cancel_url": payment.cancel_url or None,
        "expires_at": instant_text(payment.expires_at),
        "grant": None,
        "latest_authorization": attempt and authorization_snapshot(attempt),
        "card": {"brand": payment.card_brand, "last4": payment.card_last4} if payment.card_brand else None,
        "metadata": payment.metadata,
        "version": payment.version,
        "created_at": instant_text(payment.created_at),
    }


def authorization_snapshot(attempt: Authorization) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "status": str(attempt.status),
        "decline_code": attempt.decline_code or None,
        "decline_advice": attempt.decline_advice or None,
        "network_reference": attempt.network_reference or None,
    }


def refund_snapshot(refund: Refund) -> dict[str, Any]:
    """The API's refund object, and the data of every refund event."""
    return {
        "id": refund.id,
        "object": "refund",
        "livemode": _livemode(),
        "payment": refund.payment_id,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "points_returned": refund.points_minor,
        "reason": str(refund.reason),
        "status": str(refund.status),
        "failure_code": refund.decline_code or None,
        "created_at": instant_text(refund.created_at),
    }


def reverify_approval(approval_id: str) -> bool:
    """Whether a kept approval still proves itself: from its own bytes alone, at any time, without asking anybody."""
    kept = Approval.objects.get(pk=approval_id)
    details = bytes(kept.details)
    try:
        members = ApprovalDetails.read(json.loads(details)).as_members()
        if canonical(members) != details:
            return False
        verify_assertion(
            passkey=PasskeyFacts(
                credential_id=bytes(kept.credential_id),
                public_key=bytes(kept.public_key),
                # The counter was held against the passkey's when it was used; here only the signature speaks.
                sign_count=0,
                backup_eligible=kept.backup_eligible,
                user_handle=bytes(kept.user_handle),
            ),
            challenge=challenge_over(members, nonce=bytes(kept.nonce)),
            assertion=kept.as_assertion(),
            origin=kept.origin,
            rp_id=kept.rp_id,
            payment=kept.shown_members(),
            kind=cast("AssertionKind", str(kept.kind)),
        )
    except (ValueError, AssertionRefused):
        return False
    return True


def decline_sentence_of(payment: Payment) -> str:
    """Why the last attempt was declined, for the customer, in the language of the moment; empty when it was not."""
    attempt = payment.latest_authorization
    return customer_sentence(attempt.text_key) if attempt and attempt.text_key else ""


# fmt: off
_OF_STATE = {
    PaymentStatus.REQUIRES_APPROVAL: None,  # told by the attempt that was declined
    PaymentStatus.PROCESSING:        None,  # told by the attempt that was begun
    PaymentStatus.DECLINED:          None,
    PaymentStatus.AUTHORIZED:        None,
    PaymentStatus.CAPTURED:          None,
    PaymentStatus.CANCELED:          Happening.CANCELED,
    PaymentStatus.EXPIRED:           Happening.EXPIRED,
}
_CONCLUDED = {
    AuthorizationStatus.AUTHORIZED: Happening.AUTHORIZED,
    AuthorizationStatus.VOIDED:     Happening.AUTHORIZED,
    AuthorizationStatus.EXPIRED:    Happening.AUTHORIZED,
    AuthorizationStatus.DECLINED:   Happening.DECLINED,
    AuthorizationStatus.REVERSED:   Happening.REVERSED,
}
# fmt: on


def timeline_of(payment: Payment) -> list[TimelineItem]:
    """What happened to this payment, oldest first, for its page in the portal and in the dashboard."""
    told = [_item(Happening.CREATED, payment.created_at, _maker(payment), amount_minor=payment.amount_minor)]
    for attempt in payment.authorizations.select_related("approval").order_by("id"):
        told.extend(_of_attempt(attempt))
    for capture in payment.captures.order_by("id"):
        amounts = {"capture": capture.id, "amount_minor": capture.amount_minor, "points_minor": capture.points_minor}
        told.append(_item(Happening.CAPTURED, capture.created_at, capture.by, **amounts))
        if capture.status == CaptureStatus.REFUSED and capture.settled_at:
            told.append(_item(Happening.CAPTURE_REFUSED, capture.settled_at, "sys", capture=capture.id))
    told.extend(
        _item(happening, change.at, change.by)
        for change in payment.changes.order_by("version")
        if (happening := _OF_STATE[PaymentStatus(change.new)])
    )
    for refund in payment.refunds.order_by("id"):
        told.extend(_of_refund(refund))
    # Sorting is stable: what happened in one instant stays in the order of the story.
    return sorted(told, key=lambda item: item.at)


def _of_attempt(attempt: Authorization) -> Iterable[TimelineItem]:
    card = {"authorization": attempt.id, "amount_minor": attempt.amount_minor}
    yield _item(
        Happening.APPROVED, attempt.approval.approved_at, attempt.approval.customer_id, kind=attempt.approval.kind
    )
    yield _item(Happening.ASKED_ISSUER, attempt.sent_at, "sys", **card)
    if attempt.unknown_since:
        yield _item(Happening.OUTCOME_UNKNOWN, attempt.unknown_since, "sys", **card)
    if attempt.concluded_at and (happening := _CONCLUDED.get(AuthorizationStatus(attempt.status))):
        why = {"decline_code": attempt.decline_code, "text_key": attempt.text_key} if attempt.decline_code else {}
        yield _item(happening, attempt.concluded_at, "sys", **card, **why)


def _of_refund(refund: Refund) -> Iterable[TimelineItem]:
    facts = {"refund": refund.id, "amount_minor": refund.amount_minor, "points_minor": refund.points_minor}
    yield _item(Happening.REFUND_BEGUN, refund.created_at, refund.by, **facts, reason=str(refund.reason))
    if refund.decided_at:
        ended = refund.status == RefundStatus.SUCCEEDED
        happening = Happening.REFUND_SUCCEEDED if ended else Happening.REFUND_FAILED
        yield _item(happening, refund.decided_at, "sys", **facts, decline_code=refund.decline_code)


def _item(happening: Happening, at: datetime, by: str, **facts: Any) -> TimelineItem:
    return TimelineItem(happening=happening, at=at, by=by, facts=facts)


def _maker(payment: Payment) -> str:
    first = PaymentStatusChange.objects.filter(payment=payment, verb="create").first()
    return first.by if first else ""


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
    return _between(rows, wanted.created_from, wanted.created_before)


def _between(rows: QuerySet[Row], created_from: datetime | None, created_before: datetime | None) -> QuerySet[Row]:
    if created_from:
        rows = rows.filter(created_at__gte=created_from)
    if created_before:
        rows = rows.filter(created_at__lt=created_before)
    return rows


def _page(rows: QuerySet[Row], cursor: Cursor, *, prefix: str) -> Page[Row]:
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


def _livemode() -> bool:
    return bool(settings.LIVE)
