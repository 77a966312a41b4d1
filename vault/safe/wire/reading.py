"""What an answer means, and whether it is believed. Pure but for reading rows.

The network's word is taken only when it fits the question. An answer that does not fit is kept, called `distrusted`,
and counts as unknown until an inquiry says what the network's own book holds.
"""

from dataclasses import dataclass
from typing import Final

from vault.models import WireMessage
from vault.safe.wire.codec import Fields, private_data, read_private_data
from vault.states import MessageKind, MessageStatus, Outcome
from vault.types import (
    Acknowledged,
    AdviceAnswer,
    Answer,
    Authorized,
    Declined,
    Found,
    InquiryAnswer,
    NotFound,
    NotSent,
    Refused,
    Unknown,
)

APPROVED: Final = "00"
NOTHING_AGAINST_THE_ACCOUNT: Final = "85"
PARTIAL_APPROVAL: Final = "10"
ORIGINAL_NOT_FOUND: Final = "25"
ANSWER_TOO_LATE, DUPLICATE = "68", "94"
NOT_TAKEN_IN: Final = frozenset({"19", "91", "92", "96"})
"""Something over there was away or broke. An advice is said again then; only a question takes it for a no."""
MALFUNCTION: Final = "96"
RETURNED_BY_THE_ISSUER: Final = "05"
PENDING: Final = "pending"
ANOTHER_AMOUNT: Final = "the approval is for another amount"
PERHAPS_BOOKED: Final = "a malfunction says nothing about what was booked before it"

KEPT: Final = frozenset({"t", "3", "4", "7", "11", "12", "13", "32", "37", "38", "39", "41", "42", "44", "49", "90"})
KEPT_WORDS: Final = frozenset({"REF", "CVR", "CAV", "STATE", "ORC"})
"""What the register writes down of an answer: these fields, and these words of field 48. A network may say our question
back to us, with the number in one field, the tracks in others and the security code in 48.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """`kept` is what the register writes down."""

    code: str
    distrusted: str
    kept: Fields

    @property
    def is_approved(self) -> bool:
        return self.code == APPROVED and not self.distrusted


def read_answer(row: WireMessage, answer: Fields) -> Reading:
    """The answer to the question on `row`."""
    code = answer.get("39", "")
    return Reading(code, _why_distrusted(row, answer, code), fit_to_keep(answer))


def _why_distrusted(row: WireMessage, answer: Fields, code: str) -> str:
    """The first reason not to believe the answer, or nothing."""
    about_money = row.kind in {MessageKind.AUTHORIZATION, MessageKind.REFUND}
    approved = about_money and code == APPROVED
    state = read_private_data(answer.get("48", "")).get("STATE")
    reasons = (
        (not (len(code) == 2 and code.isascii() and code.isalnum()), "no response code"),
        (code in {ANSWER_TOO_LATE, DUPLICATE}, f"response code {code} says nothing about the first one"),
        (row.about_id is not None and code in NOT_TAKEN_IN, f"response code {code}: the advice was not taken in"),
        (about_money and code == MALFUNCTION, PERHAPS_BOOKED),
        (about_money and code == NOTHING_AGAINST_THE_ACCOUNT, "an answer to a question about no money"),
        (approved and answer.get("4") != row.request.get("4"), ANOTHER_AMOUNT),
        (approved and answer.get("49", row.request.get("49")) != row.request.get("49"), ANOTHER_AMOUNT),
        (
            approved and row.kind == MessageKind.AUTHORIZATION and not answer.get("38", "").strip(),
            "the approval has no approval code",
        ),
        (approved and state == PENDING, PENDING),
    )
    return next((reason for applies, reason in reasons if applies), "")


def read_inquiry(row: WireMessage, answer: Fields) -> Reading | None:
    """What the network's book says became of `row`; None when it knows nothing of it."""
    if answer.get("39") == ORIGINAL_NOT_FOUND:
        return None
    book = read_private_data(answer.get("48", ""))
    code, state, kept = book.get("ORC", ""), book.get("STATE", ""), fit_to_keep(answer)
    if answer.get("39") != APPROVED or not code:
        return Reading("", "the inquiry was not answered", kept)
    if state == "returned":
        return Reading(RETURNED_BY_THE_ISSUER, "", kept)
    if state == PENDING:
        return Reading(code, PENDING, kept)
    if code == APPROVED and not is_let_go(answer):
        # Whoever once approved another amount is not believed about this one: it ends in a reversal.
        another_amount = answer.get("4") != row.request["4"] or row.distrusted == ANOTHER_AMOUNT
        return Reading(code, ANOTHER_AMOUNT if another_amount else "", kept)
    return Reading(code, "", kept)


def is_let_go(answer: Fields) -> bool:
    """Whether the network's book says that nothing is held any more."""
    return read_private_data(answer.get("48", "")).get("STATE") in {"voided", "reversed", "expired"}


def fit_to_keep(answer: Fields) -> Fields:
    kept = {name: text for name, text in answer.items() if name in KEPT}
    words = {name: text for name, text in read_private_data(answer.get("48", "")).items() if name in KEPT_WORDS}
    return {**kept, "48": private_data(**words)} if words else kept


def answer_of(row: WireMessage) -> Answer:
    """What the asker of an authorization or refund is told. A malfunction is told as one: its asker inquires."""
    if row.status == MessageStatus.NOT_SENT:
        return NotSent(why="nothing was sent under this reference")
    if row.status == MessageStatus.SENT:
        return Unknown(why="sent, and not answered yet")
    if row.distrusted and row.distrusted != PERHAPS_BOOKED:
        return Unknown(why=row.distrusted)
    return _believed(row)


def _believed(row: WireMessage) -> Authorized | Declined:
    answer: Fields = row.answer or {}
    if row.response_code == APPROVED and row.answered_at is not None:
        return Authorized(
            network_reference=row.network_reference,
            approval_code=answer.get("38", "").strip(),
            response_code=row.response_code,
            at=row.answered_at,
            three_ds=_what_became_of_the_value(row.request, answer),
        )
    return Declined(
        response_code=row.response_code,
        advice_code=answer.get("44", "").strip() or None,
        network_reference=row.network_reference or None,
    )


def _what_became_of_the_value(request: Fields, answer: Fields) -> str:
    if "CAVV" not in read_private_data(request.get("48", "")):
        return ""
    # A network that says nothing about it is no reason to doubt.
    return {"M": "matched", "N": "refused"}.get(read_private_data(answer.get("48", "")).get("CAV", ""), "sent")


def inquiry_answer_of(row: WireMessage) -> InquiryAnswer | None:
    """What the safe's own record tells; None when the network must be asked."""
    if row.status == MessageStatus.NOT_SENT or row.outcome == Outcome.NOT_FOUND:
        return NotFound()
    if row.status == MessageStatus.ANSWERED and not row.distrusted:
        return Found(answer=_believed(row), reversed=row.outcome == Outcome.LET_GO)
    return None


def advice_answer_of(row: WireMessage) -> AdviceAnswer:
    if row.status == MessageStatus.NOT_SENT:
        return NotSent(why="nothing was sent")
    if row.status == MessageStatus.SENT or row.distrusted:
        return Unknown(why=row.distrusted or "sent, and not answered yet")
    return Acknowledged(row.response_code) if row.response_code == APPROVED else Refused(row.response_code)
