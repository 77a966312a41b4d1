"""What must hold at any time in this room, and between our books and the card network's own.

All is read in one snapshot of the database, so a payment that moves meanwhile is seen before or after, never halfway.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import F, Model, Q, QuerySet, Sum

from common.clock import business_date
from common.db import look_at_one_instant, transaction
from common.findings import Finding
from common.money import pts, yen
from ledger.queries import entries_about, posted_balance
from ledger.states import Reason
from ledger.types import Line
from payments.dispute_invariants import compare_cases, dispute_fees, dispute_findings, disputed_and_not_won
from payments.models import Advice, Authorization, Capture, Grant, Payment, PaymentStatusChange, Refund
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
    OPEN_AUTHORIZATIONS,
    AdviceKind,
    AdviceStatus,
    AuthorizationStatus,
    CaptureStatus,
    PaymentStatus,
    RefundStatus,
)
from points.queries import points_used_by

if TYPE_CHECKING:
    from ledger.models import Entry

Row = TypeVar("Row", bound=Model)
A = AuthorizationStatus

_CHUNK: Final = 500


@transaction
def check_payments(now: datetime) -> list[Finding]:  # noqa: ARG001 (every invariant is asked the same way)
    """(d) each captured payment has exactly its entries; states of a payment and of its parts agree; sums add up."""
    look_at_one_instant()
    return [*_states(), *_captures(), *_refunds(), *_points(), *_sums(), *_history(), *_grants(), *dispute_findings()]


INVARIANTS = [check_payments, check_receipts]


# States ---------------------------------------------------------------------------------------------------------------

_OPEN: Final = {
    PaymentStatus.REQUIRES_APPROVAL: set[A](),
    PaymentStatus.PROCESSING: {A.AUTHENTICATING, A.SENT, A.UNKNOWN},
    PaymentStatus.AUTHORIZED: {A.AUTHORIZED},
    PaymentStatus.CAPTURED: {A.AUTHORIZED},
    PaymentStatus.CANCELED: set[A](),
    PaymentStatus.DECLINED: set[A](),
    PaymentStatus.EXPIRED: set[A](),
}
"""Which open authorization a payment in this state has: exactly one of these, or none."""


def _states() -> Iterator[Finding]:
    for payments in _chunks(Payment.objects.all()):
        attempts, captured = _attempts_of(payments), _captured_of(payments)
        for payment in payments:
            status, may_be = PaymentStatus(payment.status), _OPEN[PaymentStatus(payment.status)]
            open_ones = [attempt for attempt in attempts[payment.id] if attempt in OPEN_AUTHORIZATIONS]
            if len(open_ones) != bool(may_be) or not set(open_ones) <= may_be:
                yield Finding("payments.states", payment.id, f"{status} with open authorizations {open_ones}")
            wanted = payment.amount_minor if status == PaymentStatus.CAPTURED else 0
            if captured[payment.id] != wanted or payment.amount_captured_minor != wanted:
                seen = f"{status}, captures {captured[payment.id]}, noted {payment.amount_captured_minor}"
                yield Finding("payments.captured_once", payment.id, f"{seen}, wanted {wanted}")


def _attempts_of(payments: list[Payment]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for payment_id, status in Authorization.objects.filter(payment__in=payments).values_list("payment_id", "status"):
        found[payment_id].append(status)
    return found


def _captured_of(payments: list[Payment]) -> Mapping[str, int]:
    live = Capture.objects.filter(payment__in=payments).exclude(status=CaptureStatus.REFUSED)
    sums: Counter[str] = Counter()
    for payment_id, amount in live.values_list("payment_id", "amount_minor"):
        sums[payment_id] += amount
    return sums


def _history() -> Iterator[Finding]:
    """The latest row of the history says the state that the payment is in."""
    for payments in _chunks(Payment.objects.all()):
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
    for grants in _chunks(Grant.objects.exclude(approved_at=None)):
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
    for captures in _chunks(Capture.objects.select_related("payment")):
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
    for refunds in _chunks(Refund.objects.all()):
        entries = _entries([ref for row in refunds for ref in (row.id, row.fee_entry_id) if ref])
        for refund in refunds:
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


def _points() -> Iterator[Finding]:
    """What is set aside and spent for a payment is what the payment says, and it was spent at its own shop."""
    for payments in _chunks(Payment.objects.all()):
        used = points_used_by(payment.id for payment in payments)
        given_back = set(
            Refund.objects.filter(payment__in=payments, status=RefundStatus.SUCCEEDED).values_list(
                "payment_id", flat=True
            )
        )
        paid = _paid_with_points([payment for payment in payments if payment.points_minor])
        for payment in payments:
            spent = payment.status == PaymentStatus.CAPTURED and payment.id not in given_back
            waits = payment.status in {PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED}
            wanted = pts(payment.points_minor if waits else 0), pts(payment.points_minor if spent else 0)
            if (seen := used.get(payment.id, (pts(0), pts(0)))) != wanted:
                text = f"held and redeemed {seen[0]}, {seen[1]}, wanted {wanted[0]}, {wanted[1]}"
                yield Finding("payments.points", payment.id, text)
            if spent and paid.get(payment.id, 0) != payment.points_minor:
                text = f"its shop was paid {paid.get(payment.id, 0)} for {payment.points} redeemed"
                yield Finding("payments.points", payment.id, text)


def _paid_with_points(payments: list[Payment]) -> Mapping[str, int]:
    """Yen that reached each payment's own merchant out of the funding shops' reserves."""
    entries, sums = _entries([payment.id for payment in payments]), Counter[str]()
    for payment in payments:
        lines = [line for entry in entries[payment.id, Reason.POINTS_REDEEMED] for line in entry.lines]
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


def _chunks(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """By key, a page at a time."""
    page = list(rows.order_by("pk")[:_CHUNK])
    while page:
        yield page
        page = list(rows.order_by("pk").filter(pk__gt=page[-1].pk)[:_CHUNK])


# The network's own book -----------------------------------------------------------------------------------------------

_NOTHING: Final = {"reversed", "voided", "declined", "lost", "expired"}
_REFUND_STATES: Final = {
    RefundStatus.SUCCEEDED: {"refunded"},
    RefundStatus.FAILED: {"declined", "returned"},
    RefundStatus.PENDING: {"pending", "refunded", "declined", "returned"},
}


@transaction
def compare_with_network(charges: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Our payments against the network's book, as its `/charges` lists them.

    Read of each charge: our_reference, amount, amount_captured, state, and of each of its refunds: our_reference,
    amount, state. What is still on its way (an advice that is due, an unknown outcome) may differ; everything else must
    agree to the yen.
    """
    rows = list(charges)
    theirs = {charge["our_reference"]: charge for charge in rows}
    return [*_booked_twice(rows), *_charges(theirs), *_missing(theirs), *_their_refunds(theirs), *compare_cases(rows)]


def _booked_twice(charges: list[Mapping[str, Any]]) -> Iterator[Finding]:
    """One question of ours is one row there, charge or refund: a second one is money that nobody asked for."""
    asked = Counter(charge["our_reference"] for charge in charges)
    given = Counter(refund["our_reference"] for charge in charges for refund in charge.get("refunds", ()))
    for what, counted in (("charges", asked), ("refunds", given)):
        for reference, count in counted.items():
            if count > 1:
                yield Finding("payments.network", reference, f"{count} {what} for one question of ours")


def _charges(theirs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    known = Authorization.objects.in_bulk(list(theirs))
    claims: Counter[str] = Counter()
    for reference, charge in theirs.items():
        attempt = known.get(reference)
        if attempt is None:
            yield Finding("payments.network", reference, f"a charge of {charge['amount']} that we know nothing of")
            continue
        if charge["state"] in {"held", "captured"}:
            claims[attempt.payment_id] += 1
        if charge["amount"] != attempt.amount_minor and charge["state"] not in _NOTHING:
            seen = f"the network has {charge['amount']}, we have {attempt.amount_minor}"
            yield Finding("payments.network", reference, seen)
        if charge["state"] in {"captured", "refunded"} and charge["amount_captured"] != attempt.amount_minor:
            seen = f"the network took {charge['amount_captured']}, we have {attempt.amount_minor}"
            yield Finding("payments.network", reference, seen)
        if charge["state"] not in (allowed := _may_be(attempt)):
            seen = f"the network says {charge['state']}, our {attempt.status} allows {sorted(allowed)}"
            yield Finding("payments.network", reference, seen)
    for payment_id, count in claims.items():
        if count > 1:
            yield Finding("payments.network", payment_id, f"{count} claims on the customer's card for one payment")


def _may_be(attempt: Authorization) -> set[str]:
    due = set(Advice.objects.filter(authorization=attempt, status=AdviceStatus.DUE).values_list("kind", flat=True))
    match A(attempt.status):
        case A.SENT | A.UNKNOWN:
            return {"held", *_NOTHING}
        case A.AUTHORIZED:
            capture = Capture.objects.filter(authorization=attempt).exclude(status=CaptureStatus.REFUSED).first()
            if capture is None:
                return {"held"}
            refunds = set(capture.refunds.values_list("status", flat=True))
            if RefundStatus.SUCCEEDED in refunds:
                return {"refunded"}
            pending = {"refunded"} if RefundStatus.PENDING in refunds else set()
            return {"captured", *pending} | ({"held"} if AdviceKind.CAPTURE in due else set())
        case _:
            undone = {AdviceKind.VOID, AdviceKind.REVERSAL} & due
            return {*_NOTHING, "held"} if undone else set(_NOTHING)


def _missing(theirs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for attempts in _chunks(Authorization.objects.filter(status=A.AUTHORIZED)):
        for attempt in attempts:
            if attempt.id not in theirs:
                yield Finding("payments.network", attempt.id, "we count on a promise that the network does not have")


def _their_refunds(theirs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    seen = {refund["our_reference"]: refund for charge in theirs.values() for refund in charge.get("refunds", ())}
    ours = Refund.objects.in_bulk(list(seen))
    for reference, charged in seen.items():
        refund = ours.get(reference)
        if refund is None:
            yield Finding("payments.network", reference, "a refund that we know nothing of")
        elif charged["state"] not in _REFUND_STATES[RefundStatus(refund.status)]:
            text = f"the network says {charged['state']}, we say {refund.status}"
            yield Finding("payments.network", reference, text)
        elif charged["amount"] != refund.card_part.minor:
            text = f"the network has {charged['amount']}, we have {refund.card_part.minor}"
            yield Finding("payments.network", reference, text)
    for refunds in _chunks(Refund.objects.filter(status=RefundStatus.SUCCEEDED)):
        for refund in refunds:
            if refund.id not in seen:
                yield Finding("payments.network", refund.id, "a refund that the network does not have")
