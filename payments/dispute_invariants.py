"""What must hold of disputes at any time: their money in the books, the payment's sum, and the network's own book."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.findings import Finding
from common.money import yen
from ledger.queries import balances_of, entries_about, posted_balance
from ledger.states import AccountKind, Reason
from payments.models import Capture, CaseAnswer, Dispute, Payment, Refund
from payments.postings import DISPUTED, payable, withheld
from payments.states import (
    LOST_DISPUTES,
    OPEN_DISPUTES,
    AdviceStatus,
    CaptureStatus,
    DisputeOrigin,
    DisputeStage,
    DisputeStatus,
    RefundStatus,
)

_MOVES: Final = {Reason.DISPUTE_OPENED, Reason.DISPUTE_WON, Reason.DISPUTE_LOST}
_FEES: Final = {Reason.DISPUTE_FEE, Reason.DISPUTE_FEE_RETURNED}
D = DisputeStatus


def dispute_findings() -> list[Finding]:
    return [*_books(), *_sums(), *_card_parts()]


def disputed_and_not_won() -> int:
    """What network receivable is short of because of disputes: all that is withheld or lost."""
    return _total(Dispute.objects.all(), "withheld_minor")


def dispute_fees() -> int:
    return _total(Dispute.objects.all(), "fee_minor")


def _books() -> Iterator[Finding]:
    """Each dispute has moved exactly what its state says."""
    for dispute in Dispute.objects.order_by("pk").iterator():
        refs = [f"{dispute.id}/{number}" for number in range(dispute.round + 1)]
        entries = entries_about(refs)
        lines = [line for entry in entries if entry.reason in _MOVES for line in entry.lines]
        fees = [line for entry in entries if entry.reason in _FEES for line in entry.lines]
        owner, is_open, lost = dispute.merchant_id, dispute.status in OPEN_DISPUTES, dispute.status in LOST_DISPUTES
        wanted = {
            "withheld": (_net(lines, withheld(owner)), dispute.withheld_minor if is_open else 0),
            "disputed funds": (-_net(lines, DISPUTED), dispute.withheld_minor if is_open else 0),
            "payable": (-_net(lines, payable(owner)), dispute.withheld_minor if is_open or lost else 0),
            "fee": (-_net(fees, payable(owner)), dispute.fee_minor),
        }
        for what, (posted, should) in wanted.items():
            if posted != should:
                yield Finding("payments.disputes", dispute.id, f"{what}: posted {posted}, wanted {should}")
        no_money = dispute.stage == DisputeStage.INQUIRY or dispute.status in {D.WON, D.CLOSED}
        if no_money and dispute.withheld_minor:
            yield Finding("payments.disputes", dispute.id, f"{dispute.status}, and {dispute.withheld_minor} withheld")


def _sums() -> Iterator[Finding]:
    taken = Sum("disputes__withheld_minor", default=0)
    for payment in Payment.objects.filter(Q(amount_disputed_minor__gt=0) | Q(disputes__isnull=False)).annotate(
        taken=taken
    ):
        if payment.taken != payment.amount_disputed_minor:
            seen = f"noted {payment.amount_disputed_minor}, its disputes say {payment.taken}"
            yield Finding("payments.disputed", payment.id, seen)
    still_open = _total(Dispute.objects.filter(status__in=OPEN_DISPUTES), "withheld_minor")
    if (posted := posted_balance(DISPUTED, "JPY")) != yen(still_open):
        yield Finding("payments.sums", str(DISPUTED.kind), f"posted {posted}, wanted {yen(still_open)}")
    kept = Counter[str]()
    for owner, minor in Dispute.objects.filter(status__in=OPEN_DISPUTES).values_list("merchant_id", "withheld_minor"):
        kept[owner] += minor
    for owner, (posted, _held) in balances_of(AccountKind.MERCHANT_WITHHELD, "JPY").items():
        if posted != yen(kept[owner]):
            yield Finding("payments.sums", owner, f"withheld {posted}, wanted {yen(kept[owner])}")


def _card_parts() -> Iterator[Finding]:
    """What went back to a card and what its issuer took are together never more than the card paid."""
    card_part = F("amount_minor") - F("points_minor")
    captured = Capture.objects.exclude(status=CaptureStatus.REFUSED)
    refunded = Refund.objects.exclude(status=RefundStatus.FAILED)

    def of_payment(rows: QuerySet[Any]) -> Coalesce:
        mine = rows.filter(payment=OuterRef("pk")).order_by().values("payment")
        return Coalesce(Subquery(mine.annotate(sum=Sum(card_part)).values("sum")), 0)

    given_back = Exists(refunded.filter(payment=OuterRef("pk")))
    payments = Payment.objects.filter(Q(amount_disputed_minor__gt=0) | given_back)
    left = of_payment(captured) - of_payment(refunded) - F("amount_disputed_minor")
    for payment_id, minor in payments.annotate(left=left).filter(left__lt=0).values_list("pk", "left").iterator():
        yield Finding("payments.card_part", payment_id, f"refunds and disputes take {-minor} more than the card paid")


def _net(lines: Iterable[Any], account: Any) -> int:
    """Credits less debits of one account."""
    return sum(
        (line.amount.minor if line.credit == account else 0) - (line.amount.minor if line.debit == account else 0)
        for line in lines
    )


def _total(rows: Any, column: str) -> int:
    total: int = rows.aggregate(sum=Sum(column, default=0))["sum"]
    return total


# The network's own book -----------------------------------------------------------------------------------------------

_MAY_BE: Final = {
    D.NEEDS_RESPONSE: {"open"},
    D.UNDER_REVIEW: {"answered"},
    D.WON: {"won"},
    # Where the shop gave in at the moment of the decision, each side keeps the word that it had first.
    D.LOST: {"lost", "accepted"},
    D.ACCEPTED: {"accepted", "lost"},
    D.CLOSED: {"closed"},
}


def compare_cases(charges: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Our disputes against the network's cases. What one side has not heard yet may differ; money may not."""
    theirs = {case["reference"]: case for charge in charges for case in charge.get("cases", ())}
    ours = {dispute.case_ref: dispute for dispute in Dispute.objects.filter(origin=DisputeOrigin.NETWORK)}
    for reference in ours.keys() - theirs.keys():
        yield Finding("payments.network", ours[reference].id, "a dispute that the network knows nothing of")
    on_the_way = set(CaseAnswer.objects.filter(status=AdviceStatus.DUE).values_list("dispute_id", flat=True))
    for reference, case in theirs.items():
        dispute = ours.get(reference)
        if dispute is None:
            continue  # its notice is still on the way
        if case["amount"] != dispute.amount_minor:
            seen = f"the network disputes {case['amount']}, we have {dispute.amount_minor}"
            yield Finding("payments.network", dispute.id, seen)
        if case["state"] in {"open", "answered"} or dispute.id in on_the_way or dispute.status in OPEN_DISPUTES:
            continue
        if case["state"] not in _MAY_BE[D(dispute.status)]:
            yield Finding("payments.network", dispute.id, f"the network says {case['state']}, we say {dispute.status}")
        elif case["state"] in {"lost", "accepted"} and case["taken"] != dispute.withheld_minor:
            seen = f"the network took {case['taken']}, we gave up {dispute.withheld_minor}"
            yield Finding("payments.network", dispute.id, seen)
