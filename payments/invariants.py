"""What must hold at any time in this room.

All is read in one snapshot of the database, so a payment that moves meanwhile is seen before or after, never halfway.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Q, QuerySet, Sum

from common.clock import business_date
from common.db import look_at_one_instant, pages_by_key, transaction
from common.findings import Finding
from common.money import pts, yen
from ledger.queries import entries_about, posted_balance
from ledger.states import Reason
from ledger.types import Line
from payments.dispute_invariants import dispute_fees, dispute_findings, disputed_and_not_won
from payments.models import Authorization, Capture, Grant, Payment, PaymentStatusChange, Refund
from payments.postings import (
    FEES,
    IN_TRANSIT,
    RECEIVABLE,
    capture_lines,
    fee_lines,
    fee_returned_lines,
    payable,
    refund_lines,
    settled_refund_lines,
)
from payments.receipt_findings import check_receipts
from payments.states import (
    CAPTURABLE,
    OPEN_AUTHORIZATIONS,
    AuthorizationStatus,
    CaptureStatus,
    PaymentStatus,
    RefundStatus,
)
from points.queries import points_used_by

if TYPE_CHECKING:
    from ledger.models import Entry

A = AuthorizationStatus


@transaction
def check_payments(now: datetime) -> list[Finding]:  # noqa: ARG001 (every invariant is asked the same way)
    """(d) each capture and refund has exactly its entries; states of a payment and of its parts agree; sums add up."""
    look_at_one_instant()
    return [
        *_states(),
        *_captures(),
        *_refunds(),
        *_given_back(),
        *_points(),
        *_sums(),
        *_history(),
        *_grants(),
        *dispute_findings(),
    ]


INVARIANTS = [check_payments, check_receipts]


# States ---------------------------------------------------------------------------------------------------------------

_OPEN: Final = {
    PaymentStatus.REQUIRES_APPROVAL: set[A](),
    PaymentStatus.PROCESSING: {A.AUTHENTICATING, A.SENT, A.UNKNOWN},
    PaymentStatus.AUTHORIZED: {A.AUTHORIZED},
    PaymentStatus.PARTIALLY_CAPTURED: {A.AUTHORIZED},
    PaymentStatus.CAPTURED: {A.AUTHORIZED},
    PaymentStatus.CANCELED: set[A](),
    PaymentStatus.DECLINED: set[A](),
    PaymentStatus.EXPIRED: set[A](),
}
"""Which open authorization a payment in this state has: exactly one of these, or none."""


def _states() -> Iterator[Finding]:
    for payments in pages_by_key(Payment.objects.all()):
        attempts, captures = _attempts_of(payments), _standing_of(payments)
        for payment in payments:
            standing = captures[payment.id]
            yield from _open_attempts(payment, attempts[payment.id], standing)
            yield from _sums_of_captures(payment, sum(capture.amount_minor for capture in standing))


def _open_attempts(payment: Payment, attempts: list[str], standing: list[Capture]) -> Iterator[Finding]:
    status, may_be = PaymentStatus(payment.status), _OPEN[PaymentStatus(payment.status)]
    open_ones = [attempt for attempt in attempts if attempt in OPEN_AUTHORIZATIONS]
    # Where points paid for all that was captured, the promise was given back whole.
    gone = standing and not payment.capturable and not any(one.card_part for one in standing)
    promised = bool(may_be) and (not gone or not payment.card_id)
    if len(open_ones) != promised or not set(open_ones) <= may_be:
        yield Finding("payments.states", payment.id, f"{status} with open authorizations {open_ones}")
    if promised and not payment.card_id and payment.card_part:
        yield Finding("payments.states", payment.id, f"{payment.card_part} is for a card, and there is none")


def _sums_of_captures(payment: Payment, captured: int) -> Iterator[Finding]:
    status, noted = PaymentStatus(payment.status), payment.amount_captured_minor
    part = status == PaymentStatus.PARTIALLY_CAPTURED and 0 < captured < payment.amount_minor
    wanted = captured if part else payment.amount_minor if status == PaymentStatus.CAPTURED else 0
    if captured != wanted or noted != wanted:
        yield Finding("payments.captured_once", payment.id, f"{status}, captures {captured}, noted {noted}")
    over = status in {PaymentStatus.CANCELED, PaymentStatus.EXPIRED}
    if payment.amount_released_minor and not over and status not in CAPTURABLE:
        yield Finding("payments.released", payment.id, f"{status} with {payment.amount_released_minor} released")


def _attempts_of(payments: list[Payment]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for payment_id, status in Authorization.objects.filter(payment__in=payments).values_list("payment_id", "status"):
        found[payment_id].append(status)
    return found


def _standing_of(payments: list[Payment]) -> Mapping[str, list[Capture]]:
    found: dict[str, list[Capture]] = defaultdict(list)
    for capture in Capture.objects.filter(payment__in=payments).exclude(status=CaptureStatus.REFUSED):
        found[capture.payment_id].append(capture)
    return found


def _history() -> Iterator[Finding]:
    """The latest row of the history says the state that the payment is in."""
    for payments in pages_by_key(Payment.objects.all()):
        latest = {
            change.payment_id: change.new
            for change in PaymentStatusChange.objects.filter(payment__in=payments).order_by("payment_id", "version")
        }
        for payment in payments:
            if latest.get(payment.id) != payment.status:
                seen = f"{payment.status}, but its history ends with {latest.get(payment.id)}"
                yield Finding("payments.history", payment.id, seen)


def _grants() -> Iterator[Finding]:
    """What a grant counts as used is what its payments of that period have captured or reserved."""
    for grants in pages_by_key(Grant.objects.exclude(approved_at=None)):
        counted: Counter[str] = Counter()
        by_id = {grant.id: grant for grant in grants}
        for payment in Payment.objects.filter(grant__in=grants):
            grant = by_id[str(payment.grant_id)]
            if payment.grant_counted_minor != payment.counts_for_grant:
                seen = f"{payment.status}, counted {payment.grant_counted_minor}, holds {payment.counts_for_grant}"
                yield Finding("payments.grant_counts", payment.id, seen)
            period = grant.period_on(business_date(payment.created_at))
            if (period and period.begin) == grant.period_began:
                counted[grant.id] += payment.grant_counted_minor
        for grant in grants:
            if grant.used_minor != counted[grant.id]:
                seen = f"counts {grant.used_minor}, its payments {counted[grant.id]}"
                yield Finding("payments.grant_usage", grant.id, seen)


# Books ----------------------------------------------------------------------------------------------------------------


def _captures() -> Iterator[Finding]:
    for captures in pages_by_key(Capture.objects.select_related("payment")):
        entries = _entries([ref for row in captures for ref in (row.id, row.entry_id, row.fee_entry_id) if ref])
        for capture in captures:
            merchant_id, refused = capture.payment.merchant_id, capture.status == CaptureStatus.REFUSED
            taken = capture_lines(merchant_id=merchant_id, card_part=capture.card_part)
            fee = fee_lines(merchant_id=merchant_id, fee=capture.fee)
            yield from _must_be(capture.id, Reason.CAPTURE, taken, entries[capture.id, Reason.CAPTURE])
            yield from _must_be(capture.id, Reason.FEE, fee, entries[capture.id, Reason.FEE])
            back = _mirrored(taken) if refused else []
            yield from _must_be(capture.id, Reason.COUNTER, back, entries[capture.entry_id, Reason.COUNTER])
            if capture.fee_entry_id:
                back = _mirrored(fee) if refused else []
                yield from _must_be(capture.id, Reason.COUNTER, back, entries[capture.fee_entry_id, Reason.COUNTER])


def _refunds() -> Iterator[Finding]:
    for refunds in pages_by_key(Refund.objects.prefetch_related("parts")):
        entries = _entries([ref for row in refunds for ref in (row.id, row.fee_entry_id) if ref])
        for refund in refunds:
            yield from _parts(refund)
            started = refund_lines(merchant_id=refund.merchant_id, card_part=refund.card_part)
            fee = fee_returned_lines(merchant_id=refund.merchant_id, fee=refund.fee)
            settled = settled_refund_lines(card_part=refund.card_part)
            failed, done = refund.status == RefundStatus.FAILED, refund.status == RefundStatus.SUCCEEDED
            wanted = {
                (refund.id, Reason.REFUND): started,
                (refund.id, Reason.FEE_RETURNED): fee,
                (refund.id, Reason.REFUND_SETTLED): settled if done else [],
                (refund.id, Reason.REFUND_FAILED): _mirrored(started) if failed else [],
                (refund.fee_entry_id, Reason.COUNTER): _mirrored(fee) if failed else [],
            }
            for (ref, reason), lines in wanted.items():
                yield from _must_be(refund.id, reason, lines, entries[ref, reason])


def _parts(refund: Refund) -> Iterator[Finding]:
    """A refund is what it gives back of captures, and nothing else."""
    parts = refund.parts.all()
    sums = [sum(getattr(part, name) for part in parts) for name in _AMOUNTS]
    if sums != [getattr(refund, name) for name in _AMOUNTS]:
        yield Finding("payments.refund_parts", refund.id, f"its parts come to {sums}")


def _given_back() -> Iterator[Finding]:
    """Each capture notes what its refunds give back, those under way included."""
    for captures in pages_by_key(Capture.objects.prefetch_related("refund_parts__refund")):
        for capture in captures:
            parts = [part for part in capture.refund_parts.all() if part.refund.status != RefundStatus.FAILED]
            sums = [sum(getattr(part, name) for part in parts) for name in _AMOUNTS]
            noted = [capture.refunded_minor, capture.points_refunded_minor, capture.fee_refunded_minor]
            if sums != noted:
                yield Finding("payments.given_back", capture.id, f"notes {noted}, its refunds come to {sums}")


_AMOUNTS: Final = ("amount_minor", "points_minor", "fee_minor")


def _points() -> Iterator[Finding]:
    """What is set aside and spent for a payment is what the payment says, and it was spent at its own shop."""
    for payments in pages_by_key(Payment.objects.all()):
        used = points_used_by(payment.id for payment in payments)
        captures, given_back = _standing_of(payments), _points_given_back(payments)
        paid = _paid_with_points([payment for payment in payments if payment.points_minor], captures)
        for payment in payments:
            spent = sum(capture.points_minor for capture in captures[payment.id])
            waits = payment.status in {PaymentStatus.PROCESSING, *CAPTURABLE}
            held = payment.points_minor - spent if waits else 0
            wanted = pts(held), pts(spent - given_back[payment.id])
            if (seen := used.get(payment.id, (pts(0), pts(0)))) != wanted:
                text = f"held and redeemed {seen[0]}, {seen[1]}, wanted {wanted[0]}, {wanted[1]}"
                yield Finding("payments.points", payment.id, text)
            if paid.get(payment.id, 0) != (spent if payment.points_minor else 0):
                text = f"its shop was paid {paid.get(payment.id, 0)} for {spent} redeemed"
                yield Finding("payments.points", payment.id, text)


def _points_given_back(payments: list[Payment]) -> Mapping[str, int]:
    done = Refund.objects.filter(payment__in=payments, status=RefundStatus.SUCCEEDED, points_minor__gt=0)
    sums: Counter[str] = Counter()
    for payment_id, count in done.values_list("payment_id", "points_minor"):
        sums[payment_id] += count
    return sums


def _paid_with_points(payments: list[Payment], captures: Mapping[str, list[Capture]]) -> Mapping[str, int]:
    """Yen that reached each payment's own merchant out of the funding shops' reserves, for the captures that stand."""
    of_payment = {payment.id: [payment.id, *(one.id for one in captures[payment.id])] for payment in payments}
    entries, sums = _entries([ref for refs in of_payment.values() for ref in refs]), Counter[str]()
    for payment in payments:
        posted = [entry for ref in of_payment[payment.id] for entry in entries[ref, Reason.POINTS_REDEEMED]]
        lines = [line for entry in posted for line in entry.lines]
        sums[payment.id] = sum(line.amount.minor for line in lines if line.credit == payable(payment.merchant_id))
    return sums


def _sums() -> Iterator[Finding]:
    """The operator's accounts are the sums of what is there: an entry that belongs to nothing shows here."""
    live = Capture.objects.exclude(status=CaptureStatus.REFUSED)
    kept = Refund.objects.exclude(status=RefundStatus.FAILED)
    card_part = F("amount_minor") - F("points_minor")
    settled, pending = kept.filter(status=RefundStatus.SUCCEEDED), kept.filter(status=RefundStatus.PENDING)
    wanted = {
        RECEIVABLE: _sum(live, card_part) - _sum(settled, card_part) - disputed_and_not_won(),
        IN_TRANSIT: _sum(pending, card_part),
        FEES: _sum(live, F("fee_minor")) - _sum(kept, F("fee_minor")) + dispute_fees(),
    }
    for account, minor in wanted.items():
        posted = posted_balance(account, "JPY")
        if posted != yen(minor):
            yield Finding("payments.sums", str(account.kind), f"posted {posted}, wanted {yen(minor)}")

    refunded = Sum("refunds__amount_minor", filter=~Q(refunds__status=RefundStatus.FAILED), default=0)
    for payment in Payment.objects.annotate(refunded=refunded).exclude(amount_refunded_minor=F("refunded")):
        yield Finding("payments.refunded", payment.id, f"noted {payment.amount_refunded_minor}, refunds say otherwise")


def _sum(rows: QuerySet[Any], amount: Any) -> int:
    total: int = rows.aggregate(sum=Sum(amount, default=0))["sum"]
    return total


def _entries(refs: list[str]) -> "Mapping[tuple[str, str], list[Entry]]":
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries_about(refs):
        found[entry.source_ref, entry.reason].append(entry)
    return found


def _must_be(subject: str, reason: str, wanted: list[Line], entries: "Iterable[Entry]") -> Iterator[Finding]:
    posted = [line for entry in entries for line in entry.lines]
    if sorted(posted, key=repr) != sorted(wanted, key=repr):
        yield Finding("payments.entries", subject, f"{reason}: posted {_text(posted)}, wanted {_text(wanted)}")


def _text(lines: list[Line]) -> str:
    return ", ".join(f"{line.debit.kind} → {line.credit.kind} {line.amount}" for line in lines) or "nothing"


def _mirrored(lines: list[Line]) -> list[Line]:
    return [line.mirrored() for line in lines]
