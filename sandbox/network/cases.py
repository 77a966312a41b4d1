"""What issuers do after a sale: they report fraud, ask, take money back, decide; and what the acquirer is told of it.

Everything follows from the book and the clock, so a restart loses nothing and setting the clock forward is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.network.behaviours import DAY, Stage, Trouble
from sandbox.network.book import Book, Case, Charge

RESPOND_WITHIN: Final = {
    Stage.INQUIRY: timedelta(seconds=10 * DAY),
    Stage.CHARGEBACK: timedelta(seconds=20 * DAY),
    Stage.PRE_ARBITRATION: timedelta(seconds=10 * DAY),
}
REVIEW: Final = timedelta(seconds=10 * DAY)
"""How long an issuer reads evidence."""
SECOND_STAGE_AFTER: Final = timedelta(seconds=5 * DAY)
_OPENED: Final = {Stage.INQUIRY: "inquiry", Stage.CHARGEBACK: "dispute_opened", Stage.PRE_ARBITRATION: "dispute_stage"}


@dataclass(frozen=True, slots=True)
class Cases:
    book: Book

    def look(self, now: datetime) -> None:
        """Let happen what is due."""
        for charge in list(self.book.watched.values()):
            self._after_sale(charge, now)
        for case in list(self.book.cases.values()):
            self._go_on(case, now)

    # Opening

    def _after_sale(self, charge: Charge, now: datetime) -> None:
        trouble = charge.acts.trouble
        if trouble is None or charge.captured_at is None:
            return
        since = _refunded_at(charge, now) if trouble.after_refund else charge.captured_at
        if since is None or now < since + timedelta(seconds=trouble.after_seconds):
            return
        self.book.write("troubled", at=now, reference=charge.reference)
        if trouble.kind in set(Stage):
            self.open(charge, trouble, amount=charge.captured * trouble.share_percent // 100, now=now)
        else:
            self._tell(charge, amount=charge.captured, now=now, KIND=trouble.kind, REASON=trouble.reason)

    def open(self, charge: Charge, trouble: Trouble, *, amount: int, now: datetime) -> Case:
        stage, reference = Stage(trouble.kind), f"CASE{len(self.book.cases) + 1:06}-{charge.reference}"
        self.book.write(
            "case_opened",
            at=now,
            reference=reference,
            original=charge.reference,
            stage=stage.value,
            reason=trouble.reason,
            amount=amount,
            taken=0 if stage is Stage.INQUIRY else self._takeable(charge, amount, now),
            evidence=trouble.evidence,
            silence=trouble.silence,
            second_stage=trouble.second_stage,
            due_at=(now + RESPOND_WITHIN[stage]).isoformat(),
        )
        case = self.book.cases[reference]
        for _time in range(2 if trouble.told_twice else 1):
            self._tell_of(case, now, KIND=_OPENED[stage], DUE=f"{case.due_at:%Y%m%d%H%M%S}")
        return case

    def _takeable(self, charge: Charge, amount: int, now: datetime) -> int:
        """What was given back already is not taken once more."""
        return min(amount, charge.captured - charge.refunded(now) - charge.disputed())

    # Going on

    def answer(self, case: Case, said: Mapping[str, str], *, now: datetime) -> str:
        """The response code for what the shop says."""
        says, digest = said.get("SAYS", ""), said.get("HASH", "")
        if (case.answer, case.digest) == (says, digest) and case.state != "open":
            return "00"
        if case.state != "open" or now >= case.due_at or says not in {"evidence", "acceptance"}:
            return "12"
        if says == "acceptance":
            self._move(case, now, state="accepted", answer=says, digest=digest)
            self._tell_end(case, now)
        else:
            self._move(case, now, state="answered", answer=says, digest=digest)
        return "00"

    def _go_on(self, case: Case, now: datetime) -> None:
        if case.state == "open" and now >= case.due_at:
            self._end(case, case.silence, now)
        elif case.state == "answered" and case.changed_at and now >= case.changed_at + REVIEW:
            # Credit that was given already ends a case, whatever the issuer thought of it.
            ends = "won" if not case.taken and case.stage != Stage.INQUIRY else case.evidence
            self._end(case, ends, now)
        elif _waits_for_second_stage(case, now):
            self._note_second_stage(case, now)

    def decide(self, case: Case, outcome: str, *, now: datetime) -> bool:
        """At once, for whoever plays the issuer; whether it was possible."""
        if outcome == Stage.PRE_ARBITRATION and case.stage == Stage.CHARGEBACK and case.state in {"won", "lost"}:
            self._note_second_stage(case, now)
            return True
        possible = {"closed", "chargeback"} if case.stage == Stage.INQUIRY else {"won", "lost"}
        if case.state not in {"open", "answered"} or outcome not in possible:
            return False
        self._end(case, outcome, now)
        return True

    def _end(self, case: Case, outcome: str, now: datetime) -> None:
        if outcome == Stage.CHARGEBACK:
            charge = self.book.charges[case.original]
            due_at, taken = now + RESPOND_WITHIN[Stage.CHARGEBACK], self._takeable(charge, case.amount, now)
            self._move(
                case, now, stage=Stage.CHARGEBACK.value, state="open", answer="", digest="", taken=taken,
                evidence="won", silence="lost", due_at=due_at.isoformat(),
            )  # fmt: skip
            self._tell_of(case, now, KIND="dispute_opened", DUE=f"{due_at:%Y%m%d%H%M%S}")
            return
        self._move(case, now, state=outcome)
        self._tell_end(case, now)

    def _note_second_stage(self, case: Case, now: datetime) -> None:
        """A case that was won is taken once more and may be answered; one that was lost stays lost."""
        due_at, charge = now + RESPOND_WITHIN[Stage.PRE_ARBITRATION], self.book.charges[case.original]
        facts: dict[str, Any] = {"stage": Stage.PRE_ARBITRATION.value, "due_at": due_at.isoformat()}
        if case.state == "won":
            facts |= {"taken": self._takeable(charge, case.amount, now), "answer": "", "digest": "", "state": "open"}
        self._move(case, now, **facts)
        self._tell_of(case, now, KIND="dispute_stage", DUE=f"{due_at:%Y%m%d%H%M%S}")

    def _move(self, case: Case, now: datetime, **facts: Any) -> None:
        self.book.write("case_moved", at=now, reference=case.reference, **facts)

    # New expiries

    def renew(self, charge: Charge, expiry: str, *, now: datetime) -> None:
        """The issuer has sent a new card: three years longer. Told once."""
        if not any(self._renewals(charge.card_hash)):
            renewed = f"{(int(expiry[:2]) + 3) % 100:02}{expiry[2:]}"
            self._tell(charge, amount=0, now=now, KIND="account_updated", EXP=renewed)

    def is_renewed(self, card_hash: str, expiry: str) -> bool:
        return expiry in set(self._renewals(card_hash))

    def _renewals(self, card_hash: str) -> list[str]:
        told = [notice for notice in self.book.notices.values() if notice.facts["KIND"] == "account_updated"]
        return [one.facts["EXP"] for one in told if self.book.charges[one.original].card_hash == card_hash]

    # Telling

    def _tell_of(self, case: Case, now: datetime, **facts: str) -> None:
        known = {"CASE": case.reference, "REASON": case.reason, "STAGE": case.stage}
        self._tell(self.book.charges[case.original], amount=case.amount, now=now, **known, **facts)

    def _tell_end(self, case: Case, now: datetime) -> None:
        self._tell_of(case, now, KIND="dispute_closed", OUTCOME=case.state)

    def _tell(self, charge: Charge, *, amount: int, now: datetime, **facts: str) -> None:
        reference = f"N{len(self.book.notices) + 1:08}"
        self.book.write(
            "notice_written", at=now, reference=reference, original=charge.reference, amount=amount, facts=facts
        )


def _waits_for_second_stage(case: Case, now: datetime) -> bool:
    if case.state != "lost" or not case.second_stage or case.stage != Stage.CHARGEBACK or case.changed_at is None:
        return False
    return now >= case.changed_at + SECOND_STAGE_AFTER


def _refunded_at(charge: Charge, now: datetime) -> datetime | None:
    """When the whole of it had been given back."""
    if charge.captured and charge.refunded(now) == charge.captured:
        return max(refund.asked_at for refund in charge.refunds)
    return None
