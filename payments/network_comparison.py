"""Our payments beside the card network's own book.

All of ours is read in one snapshot of the database, so a payment that moves meanwhile is seen before or after, never
halfway.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from common.db import look_at_one_instant, pages_by_key, transaction
from common.findings import Finding
from payments.dispute_invariants import compare_cases
from payments.models import Advice, Authorization, Capture, Refund, RefundPart
from payments.states import AdviceKind, AdviceStatus, AuthorizationStatus, CaptureStatus, RefundStatus

A = AuthorizationStatus

_HELD: Final = frozenset({"held", "partially_captured"})
_NOTHING: Final = {"reversed", "voided", "declined", "lost", "expired"}
_REFUND_STATES: Final = {
    RefundStatus.SUCCEEDED: {"refunded"},
    RefundStatus.FAILED: {"declined", "returned"},
    RefundStatus.PENDING: {"pending", "refunded", "declined", "returned"},
}


@transaction
def compare_with_network(charges: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Our payments against the network's book, as its `/charges` lists them.

    Read of each charge: our_reference, amount, amount_captured, amount_released, state, and of each of its refunds:
    our_reference, amount, state. What is still on its way (an advice that is due, an unknown outcome) may differ;
    everything else must agree to the yen.
    """
    look_at_one_instant()
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
    known = Authorization.objects.select_related("payment").in_bulk(list(theirs))
    claims: Counter[str] = Counter()
    for reference, charge in theirs.items():
        attempt = known.get(reference)
        if attempt is None:
            yield Finding("payments.network", reference, f"a charge of {charge['amount']} that we know nothing of")
            continue
        if charge["state"] in {*_HELD, "captured"}:
            claims[attempt.payment_id] += 1
        if charge["amount"] != attempt.amount_minor and charge["state"] not in _NOTHING:
            seen = f"the network has {charge['amount']}, we have {attempt.amount_minor}"
            yield Finding("payments.network", reference, seen)
        yield from _against(attempt, charge)
    for payment_id, count in claims.items():
        if count > 1:
            yield Finding("payments.network", payment_id, f"{count} claims on the customer's card for one payment")


def _against(attempt: Authorization, charge: Mapping[str, Any]) -> Iterator[Finding]:
    """How it stands there, what was taken and what is still held, to the yen; within what advices still tell."""
    ours = _Ours.of(attempt)
    state, taken = charge["state"], charge["amount_captured"]
    if state not in (allowed := ours.may_be()):
        seen = f"the network says {state}, our {attempt.status} allows {sorted(allowed)}"
        yield Finding("payments.network", attempt.id, seen)
    elif not ours.told <= taken <= ours.taken:
        seen = f"the network took {taken}, we have {ours.taken}, of which it knows {ours.told}"
        yield Finding("payments.network", attempt.id, seen)
    elif state in _HELD and not ours.stays <= charge["amount"] - charge.get("amount_released", 0) <= ours.stays_told:
        seen = f"the network let go of {charge.get('amount_released', 0)}, we count on {ours.stays}"
        yield Finding("payments.network", attempt.id, seen)


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we believe of a promise, as the network counts: the card's money only."""

    attempt: Authorization
    due: frozenset[str]
    told: int
    """Captured, and acknowledged."""
    taken: int
    """Captured."""
    stays: int
    """Wanted of the promise in all; what goes beyond it was let go."""
    stays_told: int
    """… as far as the network has acknowledged it."""
    ended: bool
    """The issuer had ended the promise: what it refused is not held, though nobody let go of it."""
    may_be_refunded: bool
    must_be_refunded: bool

    @classmethod
    def of(cls, attempt: Authorization) -> Self:
        advices = list(Advice.objects.filter(authorization=attempt))
        due = frozenset(advice.kind for advice in advices if advice.status == AdviceStatus.DUE)
        standing = list(Capture.objects.filter(authorization=attempt).exclude(status=CaptureStatus.REFUSED))
        taken = sum(capture.card_part.minor for capture in standing)
        told = sum(one.card_part.minor for one in standing if one.status == CaptureStatus.ACKNOWLEDGED)
        releases = [advice for advice in advices if advice.kind == AdviceKind.RELEASE]
        done = [advice.amount_minor for advice in releases if advice.status != AdviceStatus.DUE]
        parts = RefundPart.objects.filter(capture__in=standing).exclude(refund__status=RefundStatus.FAILED)
        back: Counter[str] = Counter()
        for status, amount, points in parts.values_list("refund__status", "amount_minor", "points_minor"):
            back[status] += amount - points
        stays = min([attempt.amount_minor, *(advice.amount_minor for advice in releases)])
        return cls(
            attempt=attempt,
            due=due,
            told=told,
            taken=taken,
            stays=stays,
            stays_told=min([attempt.amount_minor, *done]),
            ended=taken < stays and not attempt.payment.capturable,
            may_be_refunded=back.total() == taken > 0,
            must_be_refunded=back[RefundStatus.SUCCEEDED] == taken > 0,
        )

    def may_be(self) -> set[str]:
        match A(self.attempt.status):
            case A.SENT | A.UNKNOWN:
                return {"held", *_NOTHING}
            case A.AUTHORIZED:
                return self._standing()
            case _:
                undone = {AdviceKind.VOID, AdviceKind.REVERSAL} & self.due
                return {*_NOTHING, "held"} if undone else set(_NOTHING)

    def _standing(self) -> set[str]:
        """Nothing is taken, a part, or all that stays; and what was taken may have been given back."""
        states = set() if self.told else {"held"}
        if self.taken:
            if (self.taken < self.stays and not self.ended) or self.due & {AdviceKind.CAPTURE, AdviceKind.RELEASE}:
                states.add("partially_captured")
            if self.taken == self.stays or self.ended:
                states |= set() if self.must_be_refunded else {"captured"}
                states |= {"refunded"} if self.may_be_refunded else set()
        return states


def _missing(theirs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for attempts in pages_by_key(Authorization.objects.filter(status=A.AUTHORIZED, amount_minor__gt=0)):
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
    for refunds in pages_by_key(Refund.objects.filter(status=RefundStatus.SUCCEEDED)):
        for refund in refunds:
            if refund.id not in seen and refund.card_part:
                yield Finding("payments.network", refund.id, "a refund that the network does not have")
