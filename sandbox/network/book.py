"""The network's own book of charges, kept apart from everything of the commerce so that the two can be compared.

One file of JSON lines, only added to and read back at start. A line that a kill cut off in the middle is dropped: its
answer never left. The file knows cards by their last four digits and a keyed hash, never by number.
"""

import hmac
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sandbox.network.behaviours import DAY, Behaviour, behaviour_named

LOST: Final = frozenset({"lost", "accepted"})


@dataclass(slots=True)
class Happening:
    """One line of a charge's history, for people."""

    at: datetime
    what: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """What was answered to one capture advice: said again under the same reference, it is answered the same."""

    amount: int
    response_code: str


@dataclass(slots=True)
class Refund:
    reference: str
    our_reference: str
    original: str
    amount: int
    asked_at: datetime
    response_code: str
    approval_code: str
    trace: str
    behaviour: str

    def state(self, now: datetime) -> str:
        """declined, pending, refunded or returned. A pending one is settled a day after it was asked for."""
        if self.response_code != "00":
            return "declined"
        ends = behaviour_named(self.behaviour).refund_ends
        if ends and now < self.asked_at + timedelta(seconds=DAY):
            return "pending"
        return ends or "refunded"


@dataclass(slots=True)
class Case:
    """What an issuer opened about a charge. `taken` is what it took back at once, as long as the case is not won."""

    reference: str
    original: str
    stage: str
    reason: str
    amount: int
    taken: int
    evidence: str
    silence: str
    second_stage: bool
    opened_at: datetime
    due_at: datetime
    state: str = "open"
    """open, answered, won, lost, accepted or closed."""
    answer: str = ""
    digest: str = ""
    changed_at: datetime | None = None

    @property
    def keeps(self) -> int:
        """What the card's owner has back, for now or for good."""
        return 0 if self.state in {"won", "closed"} else self.taken


@dataclass(slots=True)
class Notice:
    """One thing that the acquirer must be told, until it says that it has heard."""

    reference: str
    original: str
    amount: int
    facts: dict[str, str]
    written_at: datetime
    taken_at: datetime | None = None


@dataclass(slots=True)
class Charge:
    """One authorization request and all that became of it, under the retrieval reference of its first message."""

    reference: str
    our_reference: str
    amount: int
    currency: str
    last4: str
    card_hash: str
    merchant: dict[str, str]
    response_code: str
    approval_code: str
    trace: str
    behaviour: str
    asked_at: datetime
    stored_state: str
    initiator: str = "customer"
    """Who began it: the customer, or the shop without them (field 25 = 08)."""
    series: str = ""
    """The reference of the payment that a shop's own charge says it continues."""
    three_ds: dict[str, str] = field(default_factory=dict)
    """What came of 3-D Secure in field 48: eci, ds_trans_id, and whether the value is genuine, wrong or used before."""
    captured: int = 0
    """The sum of all captures."""
    released: int = 0
    """What of the promise was given back by partial reversals."""
    inquiries_ignored: int = 0
    reversals_ignored: int = 0
    reversals_not_found: int = 0
    captures_heard: int = 0
    captures: dict[str, Capture] = field(default_factory=dict)
    """By the reference of their advice."""
    captured_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    history: list[Happening] = field(default_factory=list)

    @property
    def acts(self) -> Behaviour:
        return behaviour_named(self.behaviour)

    def state(self, now: datetime) -> str:
        """held, partially_captured, captured, voided, reversed, refunded, expired, declined or verified; lost when
        nothing was booked. Once something was captured it is `partially_captured` while a rest is still held.
        """
        if self.stored_state not in {"held", "captured"}:
            return self.stored_state
        if self.captured and not self.left(now):
            return "refunded" if self.refunded(now) == self.captured else "captured"
        if self._is_over(now):
            return "expired"
        return "partially_captured" if self.captured else "held"

    def left(self, now: datetime) -> int:
        """What is still held, and can be captured."""
        if self.stored_state != "held" or self._is_over(now):
            return 0
        return self.amount - self.captured - self.released

    def _is_over(self, now: datetime) -> bool:
        lives = self.acts.lives_seconds
        return lives is not None and now >= self.asked_at + timedelta(seconds=lives)

    def refunded(self, now: datetime) -> int:
        """What went back, or is on its way back."""
        return sum(refund.amount for refund in self.refunds if refund.state(now) in {"pending", "refunded"})

    def disputed(self) -> int:
        """What cases took back, for now or for good."""
        return sum(case.keeps for case in self.cases)

    def claim(self, now: datetime) -> int:
        """How much of the card owner's money this still takes: held, or captured and not given back."""
        match self.state(now):
            case "held" | "partially_captured" | "captured":
                lost = sum(case.taken for case in self.cases if case.state in LOST)
                return self.captured + self.left(now) - self.refunded(now) - lost
            case _:
                return 0


class Book:
    """All charges by retrieval reference. Every change is one line in the file first, and then in memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "book.jsonl"
        self._key = _card_key(folder / "book.key")
        self.charges: dict[str, Charge] = {}
        self.cards: defaultdict[str, list[Charge]] = defaultdict(list)
        """Charges of each card by its hash, oldest first."""
        self.proofs: set[str] = set()
        """The runs of 3-D Secure whose value was taken: the same value is not taken for a second charge."""
        self.refunds: dict[str, Refund] = {}
        self.cases: dict[str, Case] = {}
        self.notices: dict[str, Notice] = {}
        self.watched: dict[str, Charge] = {}
        """Charges after which something is still to come: few, so that looking at the clock costs little."""
        for line in self._lines():
            self._apply(line)

    def card_hash(self, number: str) -> str:
        return hmac.digest(self._key, number.encode(), "sha256").hex()[:32]

    def write(self, event: str, *, at: datetime, **facts: Any) -> None:
        line = {"event": event, "at": at.isoformat(), **facts}
        with self._file.open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._apply(line)

    def of_card(self, card_hash: str, behaviour: str) -> Iterator[Charge]:
        """Charges of one card under one behaviour, oldest first."""
        return (charge for charge in self.cards[card_hash] if charge.behaviour == behaviour)

    def newest_refundable(self, card_hash: str, amount: int, now: datetime) -> Charge | None:
        """For a refund that does not name its charge."""
        newest_first = reversed(self.cards[card_hash])
        return next((c for c in newest_first if c.captured and c.captured - c.refunded(now) >= amount), None)

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._file.exists():
            return
        whole, newline, torn = self._file.read_bytes().rpartition(b"\n")
        if torn:
            # Cut off by a kill: it goes, so that the next line starts on a line of its own.
            os.truncate(self._file, len(whole) + len(newline))
        for line in whole.splitlines():
            yield json.loads(line)

    def _apply(self, line: dict[str, Any]) -> None:
        facts = dict(line)
        event, at = facts.pop("event"), datetime.fromisoformat(facts.pop("at"))
        match event:
            case "asked":
                charge = Charge(**facts, asked_at=at)
                self.charges[charge.reference] = charge
                self.cards[charge.card_hash].append(charge)
                if charge.three_ds.get("value") == "genuine":
                    self.proofs.add(charge.three_ds["ds_trans_id"])
                charge.history.append(Happening(at, charge.stored_state, charge.amount))
                if charge.acts.trouble is not None:
                    self.watched[charge.reference] = charge
            case "refund_asked":
                refund = Refund(**facts, asked_at=at)
                self.refunds[refund.reference] = refund
                charge = self.charges[refund.original]
                charge.refunds.append(refund)
                charge.history.append(Happening(at, f"refund_{refund.state(at)}", refund.amount))
            case "counted":
                charge = self.charges[facts["reference"]]
                setattr(charge, facts["what"], getattr(charge, facts["what"]) + 1)
            case "captured":
                charge, capture = self.charges[facts["reference"]], Capture(facts["amount"], facts["response_code"])
                charge.captures[facts["told"]] = capture
                taken = capture.response_code == "00"
                charge.captured += capture.amount if taken else 0
                charge.captured_at = charge.captured_at or (at if taken else None)
                charge.history.append(Happening(at, "captured" if taken else "capture_refused", capture.amount))
            case "released":
                charge = self.charges[facts["reference"]]
                charge.released += facts["amount"]
                charge.history.append(Happening(at, "released", facts["amount"]))
            case "moved":
                charge = self.charges[facts["reference"]]
                charge.stored_state = facts["state"]
                charge.captured = facts.get("captured", charge.captured)
                charge.history.append(Happening(at, facts["state"], facts.get("captured")))
            case _:
                self._apply_after_sale(event, facts, at)

    def _apply_after_sale(self, event: str, facts: dict[str, Any], at: datetime) -> None:
        match event:
            case "troubled":
                self.watched.pop(facts["reference"], None)
            case "case_opened":
                due_at = datetime.fromisoformat(facts.pop("due_at"))
                case = Case(**facts, opened_at=at, due_at=due_at)
                self.cases[case.reference] = case
                charge = self.charges[case.original]
                charge.cases.append(case)
                charge.history.append(Happening(at, f"case_{case.stage}", case.amount))
            case "case_moved":
                case = self.cases[facts.pop("reference")]
                for name, value in facts.items():
                    setattr(case, name, datetime.fromisoformat(value) if name == "due_at" else value)
                case.changed_at = at
                self.charges[case.original].history.append(Happening(at, f"case_{case.stage}_{case.state}", case.taken))
            case "notice_written":
                self.notices[facts["reference"]] = Notice(**facts, written_at=at)
            case "notice_taken":
                self.notices[facts["reference"]].taken_at = at


def charge_json(charge: Charge, now: datetime) -> dict[str, Any]:
    """A charge as `/charges` shows it."""
    return {
        "reference": charge.reference,
        "our_reference": charge.our_reference,
        "state": charge.state(now),
        "amount": charge.amount,
        "currency": charge.currency,
        "amount_captured": charge.captured,
        "amount_released": charge.released,
        "amount_refunded": charge.refunded(now),
        "claim": charge.claim(now),
        "response_code": charge.response_code,
        "approval_code": charge.approval_code,
        "card": {"last4": charge.last4},
        "merchant": charge.merchant,
        "initiator": charge.initiator,
        "series": charge.series or None,
        "three_ds": charge.three_ds or None,
        "scenario": charge.behaviour,
        "created_at": charge.asked_at.isoformat(),
        "refunds": [
            {
                "reference": refund.reference,
                "our_reference": refund.our_reference,
                "amount": refund.amount,
                "state": refund.state(now),
                "response_code": refund.response_code,
                "created_at": refund.asked_at.isoformat(),
            }
            for refund in charge.refunds
        ],
        "cases": [case_json(case) for case in charge.cases],
        "history": [{**asdict(happening), "at": happening.at.isoformat()} for happening in charge.history],
    }


def case_json(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "stage": case.stage,
        "state": case.state,
        "reason": case.reason,
        "amount": case.amount,
        "taken": case.taken,
        "answer": case.answer,
        "digest": case.digest,
        "opened_at": case.opened_at.isoformat(),
        "due_at": case.due_at.isoformat(),
    }


def _card_key(file: Path) -> bytes:
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
    return file.read_bytes()
