"""The card network and the safe, played in this process: no socket, no card key, and no table but that of public keys.

It stands behind the vault's door, so the verbs of `vault.services` run for real, down to the JSON of their frames.
By default everything is approved. `network.book` is the network's own book, to hold against ours.

    network.declines("51")             every authorization from now on is declined
    network.falls_silent()             it books what it is asked, and its answers are lost
    network.falls_silent(booked=False) the questions are lost
    network.is_down()                  nothing leaves the house
    network.approves()                 all is well again
    network.will(Declined("05", None, None), Unknown("lost"))    the next answers, one by one, whatever is asked
"""

import json
import uuid
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from common.ids import new_id
from common.insert_once import insert_once
from common.jws import public_jwk, sign
from common.money import yen
from vault.errors import BrandNotAccepted, IntakeNotOpen, InvalidCard, ReceiptNotBorneOut
from vault.frames import from_json, to_json
from vault.gateways.safe import NothingSent, another_door
from vault.models import PublishedKey
from vault.types import (
    RECEIPT_TYPE,
    Acknowledged,
    Authorized,
    CardDeclined,
    Declined,
    Forgotten,
    Found,
    Health,
    IntakeOffer,
    NotFound,
    Notice,
    NotSent,
    ReceiptKeys,
    Refused,
    ResultHeard,
    ResultUnknown,
    SignedReceipt,
    StoredCard,
    ThreeDSecure,
    Unknown,
)

ISSUERS_NO = {
    "4000000000000002": "05",
    "4000000000009995": "51",
    "4000000000000341": "05",
    "4000000000000069": "54",
}
"""Card numbers whose payments are declined whatever the story says; as in the sandbox."""
NOT_VOUCHED_FOR = {"4000000000000002": "05", "4000000000000069": "54", "4000009900000228": "14"}


class PlayedNetwork:
    def __init__(self):
        self.book: dict[str, dict[str, Any]] = {}
        """What the network has booked: our reference → amount, state (held, partially_captured, captured, voided,
        reversed, refunded, declined), merchant_ref, card_token, captured, released, captures, refunds."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """Every question but those about receipts, in order: (verb, members)."""
        self.cards: dict[str, dict[str, Any]] = {}
        """Stored cards: token → owner_ref, number, brand, forgotten."""
        self.notices: list[Notice] = []
        """What the network told unasked, in order."""
        self.dealt_with: set[str] = set()
        self.said_in_cases: dict[str, dict[str, tuple[str, str]]] = {}
        """Case → our answers by their reference: evidence or acceptance, and the digest."""
        self.cases: dict[str, dict[str, Any]] = {}
        """Its own book of cases."""
        self.receipt_signers = [generate_private_key(SECP256R1())]
        """Private keys; the first signs receipts."""
        self.authentications: dict[str, dict[str, Any]] = {}
        """What the directory was asked: our reference → attempt, amount, card, proof, mandated, and how it stands."""
        self.authentication: Any = "Y"
        self.value_becomes = "sent"
        self._intakes: dict[str, dict[str, Any]] = {}
        self._advices: dict[str, Any] = {}
        self._answered: dict[str, Any] = {}
        self._queue: list[Any] = []
        self.approves()

    # How it behaves ---------------------------------------------------------------------------------------------------

    def approves(self):
        self._code, self._down, self._silent, self._booked = "00", False, False, True
        return self

    def declines(self, code: str = "05", advice_code: str | None = None):
        self.approves()
        self._code, self._advice_code = code, advice_code
        return self

    def falls_silent(self, *, booked: bool = True):
        self.approves()
        self._silent, self._booked = True, booked
        return self

    def is_down(self):
        self.approves()
        self._down = True
        return self

    def will(self, *answers: Any):
        self._queue.extend(answers)
        return self

    # What tests want to know ------------------------------------------------------------------------------------------

    def seal(self, number: str = "4242424242424242", *, exp_month=12, exp_year=2030, security_code="123", name="ALICE"):
        """What the played safe can open: stands for what a browser seals."""
        return json.dumps(
            {
                "number": number,
                "exp_month": exp_month,
                "exp_year": exp_year,
                "security_code": security_code,
                "name": name,
            }
        ).encode()

    def card(self, *, owner_ref: str, number: str = "4242424242424242") -> str:
        """A card that is in the safe already; its token."""
        known = (t for t, c in self.cards.items() if (c["owner_ref"], c["number"]) == (owner_ref, number))
        if token := next(known, None):
            self.cards[token]["forgotten"] = False
            return token
        token = new_id("tok")
        self.cards[token] = {"owner_ref": owner_ref, "number": number, "brand": _brand(number), "forgotten": False}
        return token

    def in_state(self, state: str) -> list[str]:
        """The references that the book has in this state."""
        return [reference for reference, row in self.book.items() if row["state"] == state]

    def claims(self) -> int:
        """How many holds or charges are left on cards."""
        return sum(len(self.in_state(state)) for state in ("held", "partially_captured", "captured"))

    def claimed(self) -> int:
        """What all of them still take of card owners' money."""
        live = (row for row in self.book.values() if row["state"] in {"held", "partially_captured", "captured"})
        return sum(_left(row) + _taken(row) - _returned(row) for row in live)

    # The door ---------------------------------------------------------------------------------------------------------

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        message = json.loads(json.dumps(message))  # only what JSON can say comes through the door
        verb, members = message["verb"], {name: from_json(part) for name, part in message["members"].items()}
        if "receipt" not in verb:
            self.asked.append((verb, members))
        if self._down and verb in {"open_intake", "store_card", "forget_card", "safe_health", "sign_receipt"}:
            raise NothingSent("the safe is played as down")
        try:
            answer = getattr(self, f"_{verb}")(**members)
        except (InvalidCard, IntakeNotOpen, ReceiptNotBorneOut) as refusal:
            return {"refusal": refusal.code}
        return {"answer": json.loads(json.dumps(to_json(answer)))}

    def _sign_receipt(self, *, payload, now):
        key = self.receipt_signers[0]
        jwk = public_jwk(key.public_key())
        jws = sign(payload.encode(), key=key, kid=jwk["kid"], kind=RECEIPT_TYPE)
        self._publish(now=now)
        return SignedReceipt(jws=jws, kid=jwk["kid"])

    def _receipt_keys(self, *, now):
        return ReceiptKeys(json.dumps({"keys": [public_jwk(key.public_key()) for key in self.receipt_signers]}))

    def _rotate_receipt_key(self, *, now):
        self.receipt_signers.insert(0, generate_private_key(SECP256R1()))
        self._publish(now=now)
        return self._receipt_keys(now=now)

    def _publish(self, *, now):
        """Public keys are read from their table, as they are where a real safe wrote them."""
        jwk = public_jwk(self.receipt_signers[0].public_key())
        insert_once(PublishedKey(kid=jwk["kid"], jwk=jwk, published_at=now))

    def _open_intake(self, *, customer_ref, session_ref, now):
        intake_id = new_id("int")
        until = now + timedelta(minutes=15)
        self._intakes[intake_id] = {"of": (customer_ref, session_ref), "until": until, "used": False}
        info = urlsafe_b64encode(intake_id.encode()).rstrip(b"=").decode()
        return IntakeOffer(intake_id, "played", "A" * 43, info, until)

    def _store_card(self, *, intake_id, customer_ref, session_ref, sealed, by_ref, now):
        intake = self._intakes.get(intake_id)
        if (
            intake is None
            or intake["used"]
            or now >= intake["until"]
            or intake["of"]
            != (
                customer_ref,
                session_ref,
            )
        ):
            raise IntakeNotOpen
        intake["used"] = True
        try:
            card = json.loads(b64decode(sealed))
        except ValueError:
            card = json.loads(self.seal())
        number = card["number"]
        _refuse_what_is_no_card(number)
        if self._queue:
            return self._queue.pop(0)
        if self._silent:
            return Unknown("played")
        if code := NOT_VOUCHED_FOR.get(number) or (self._code if self._code != "00" else None):
            return CardDeclined(code)
        before = set(self.cards)
        token = self.card(owner_ref=customer_ref, number=number)
        return StoredCard(
            card_token=token,
            brand=_brand(number),
            last4=number[-4:],
            bin6=number[:6],
            exp_month=int(card["exp_month"]),
            exp_year=int(card["exp_year"]),
            fingerprint_seen=token in before,
        )

    def _authorize_card(self, *, card_token, owner_ref, amount, merchant, reference, by_ref, now, **_about_the_asking):
        if reference in self._answered:
            return self._answered[reference]
        card = self.cards.get(card_token)
        if card is None or card["owner_ref"] != owner_ref or card["forgotten"]:
            return self._keep(reference, NotSent("no such card"))
        if self._queue:
            answer = self._queue.pop(0)
        elif self._down:
            answer = NotSent("played as down")
        elif code := ISSUERS_NO.get(card["number"]) or (self._code if self._code != "00" else None):
            answer = Declined(code, getattr(self, "_advice_code", None), _network_reference(reference))
        else:
            value = self._use_authentication(_about_the_asking.get("three_ds_ref"), reference, amount, card_token)
            answer = Authorized(_network_reference(reference), "A1B2C3", "00", now, three_ds=value)
        booked = isinstance(answer, Authorized) and (self._booked or not self._silent)
        if booked or isinstance(answer, Declined):
            self.book[reference] = {
                "amount": amount,
                "state": "held" if booked else "declined",
                "merchant_ref": merchant.ref,
                "card_token": card_token,
                "captured": None,
                "released": None,
                "captures": {},
                "refunds": {},
                "answer": answer,
            }
        return self._keep(reference, Unknown("played") if self._silent else answer)

    def _use_authentication(self, three_ds_ref, reference, amount, card_token):
        """What becomes of the value. Like the safe, it is about this attempt, card and amount, and used once."""
        if not three_ds_ref:
            return ""
        known = self.authentications[three_ds_ref]
        assert (known["attempt"], known["amount"], known["card"]) == (reference, amount, card_token)
        assert not known.get("used"), "one result serves one authorization"
        known["used"] = True
        return self.value_becomes if known["stands"].has_value else ""

    def _authenticate_card(self, *, reference, attempt_ref, amount, card_token, challenge_mandated, now, **facts):
        if reference not in self.authentications:
            number = self.cards[card_token]["number"]
            known = {"attempt": attempt_ref, "amount": amount, "card": card_token, "proof": facts["proof"]}
            self.authentications[reference] = known | {
                "mandated": bool(challenge_mandated),
                "browser": facts["browser"],
                "stands": self.directory(number, bool(challenge_mandated), now),
            }
        return self.authentications[reference]["stands"]

    def _inquire_authentication(self, *, reference, now):
        if self._down:
            return NotSent("played as down")
        known = self.authentications.get(reference)
        return Unknown("nothing was asked") if known is None else known["stands"]

    def _hear_authentication(self, *, key, message, now):
        known = self.authentications.get(key)
        if known is None:
            return ResultUnknown('{"messageType": "Erro"}')
        changes = json.loads(message)
        if getattr(known["stands"], "status", "") in {"C", "D"} and not known["stands"].distrusted:
            known["stands"] = replace(known["stands"], result_at=now, **changes)
        return ResultHeard(key, '{"messageType": "RRes"}')

    def directory(self, number, mandated, now):
        """What the directory says about a card: Y, unless the story sets another one (a word, or a function)."""
        said = self.authentication
        status = said(number, mandated) if callable(said) else said
        if status is None:
            return Unknown("the directory keeps silent")
        return three_ds(status, _brand(number), now=now)

    def result(self, reference, status="Y", **changes):
        """What the issuer's result about an authentication says; `key` is the reference here."""
        brand = _brand(self.cards[self.authentications[reference]["card"]]["number"])
        word = three_ds(status, brand, now=None)
        return json.dumps({"status": status, "eci": word.eci, "has_value": word.has_value} | changes)

    def _send_capture(self, *, reference, advice_ref, amount, by_ref, now):
        def capture(row):
            if advice_ref in row["captures"]:
                return Acknowledged("00")  # told again: nothing is booked twice
            if amount.minor > _left(row):
                return Refused("12")
            row["captures"][advice_ref] = amount
            row["captured"] = amount + row["captured"] if row["captured"] else amount
            _settle(row)
            return Acknowledged("00")

        return self._advise(reference, advice_ref, capture)

    def _send_void(self, *, reference, advice_ref, by_ref, now):
        return self._advise(reference, advice_ref, lambda row: self._let_go(row, "voided"))

    def _send_release(self, *, reference, advice_ref, stays, by_ref, now):
        def release(row):
            if stays.minor < _taken(row):
                return Refused("12")
            if (goes := min(_left(row), row["amount"].minor - _released(row) - stays.minor)) > 0:
                row["released"] = replace(stays, minor=_released(row) + goes)
                _settle(row)
            return Acknowledged("00")

        return self._advise(reference, advice_ref, release)

    def _send_reversal(self, *, reference, advice_ref, repeat, by_ref, now):
        return self._advise(reference, advice_ref, lambda row: self._let_go(row, "reversed"))

    def _let_go(self, row, state):
        if row["state"] in {"voided", "reversed"}:
            return Acknowledged("00")
        if row["state"] != "held":
            return Refused("12")
        row["state"] = state
        return Acknowledged("00")

    def _inquire_outcome(self, *, reference, now):
        if self._queue:
            return self._queue.pop(0)
        known = self._answered.get(reference)
        if isinstance(known, NotSent):
            return NotFound()
        if not isinstance(known, Authorized | Declined):
            if self._down:
                return NotSent("played as down")
            if self._silent:
                return Unknown("played")
            row = self.book.get(reference)
            if row is None:
                self._answered[reference] = NotSent("said to be not found")
                return NotFound()
            known = self._answered[reference] = row["answer"]
        state = self.book.get(reference, {}).get("state")
        return Found(known, reversed=state in {"voided", "reversed"})

    def _refund_card(self, *, card_token, owner_ref, original_reference, reference, amount, merchant, by_ref, now):
        if reference in self._answered:
            return self._answered[reference]
        if self._queue:
            answer = self._queue.pop(0)
        elif self._down:
            answer = NotSent("played as down")
        elif self._code != "00":
            answer = Declined(self._code, None, _network_reference(reference))
        else:
            answer = Authorized(_network_reference(reference), "", "00", now)
        if isinstance(answer, Authorized) and (self._booked or not self._silent):
            row = self.book[original_reference]
            row["refunds"][reference] = amount
            _settle(row)
            self.book[reference] = {"amount": amount, "state": "refund", "answer": answer, "of": original_reference}
        return self._keep(reference, Unknown("played") if self._silent else answer)

    def _forget_card(self, *, card_token, owner_ref, by_ref, now):
        card = self.cards.get(card_token)
        known = card is not None and card["owner_ref"] == owner_ref and not card["forgotten"]
        if known:
            card["forgotten"] = True
        return Forgotten(known)

    # Cases and notices --------------------------------------------------------------------------------------------

    def tells(self, kind, reference="", **facts):
        """A notice of the network, as the safe gives it out; `notice_ref` may be given, to tell the same one again."""
        known = {
            "notice_ref": f"N{len(self.notices) + 1:08}",
            "kind": kind,
            "reference": reference,
            "network_reference": _network_reference(reference),
            "card_tokens": [],
            "amount": self.book[reference]["amount"] if reference in self.book else yen(0),
            "case_ref": "",
            "reason_code": "",
            "stage": "",
            "outcome": "",
            "due_at": None,
            "exp_month": None,
            "exp_year": None,
            "received_at": datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        }
        notice = Notice(**known | facts)
        self.notices.append(notice)
        if notice.case_ref and reference in self.book:
            self._note_case(notice)
        return notice

    def _note_case(self, notice):
        known = {"reference": notice.case_ref, "of": notice.reference, "taken": 0, "state": "open"}
        case = self.cases.setdefault(notice.case_ref, {**known, "amount": notice.amount.minor})
        row = self.book[notice.reference]
        left = (row["captured"].minor if row["captured"] else 0) - sum(a.minor for a in row["refunds"].values())
        if notice.kind == "dispute_opened":
            case |= {"taken": min(notice.amount.minor, left), "amount": notice.amount.minor, "state": "open"}
        elif notice.kind == "dispute_stage" and case["state"] == "won":
            case |= {"taken": min(case["amount"], left), "state": "open"}
        elif notice.kind == "dispute_closed":
            case["state"] = notice.outcome

    def _read_notices(self, *, limit):
        return [notice for notice in self.notices if notice.notice_ref not in self.dealt_with][:limit]

    def _acknowledge_notices(self, *, notice_refs, now):
        self.dealt_with.update(notice_refs)
        return len(notice_refs)

    def _send_case_answer(self, *, reference, advice_ref, case_ref, says, digest, by_ref, now):
        if self._queue:
            return self._queue.pop(0)
        if self._down:
            return NotSent("played as down")
        self.said_in_cases.setdefault(case_ref, {})[advice_ref] = (says, digest)
        return Unknown("played") if self._silent else Acknowledged("00")

    def _safe_health(self):
        return Health(links_signed_on=1, links=1, key_provider="played", uptime_seconds=1)

    def _keep(self, reference, answer):
        self._answered[reference] = answer
        return answer

    def _advise(self, reference, advice_ref, act):
        if isinstance(earlier := self._advices.get(advice_ref), Acknowledged | Refused):
            return earlier
        if self._queue:
            answer = self._queue.pop(0)
            if isinstance(answer, Acknowledged) and reference in self.book:
                act(self.book[reference])
        elif self._down:
            answer = NotSent("played as down")
        else:
            row = self.book.get(reference)
            answer = Refused("25") if row is None else act(row) if self._booked or not self._silent else None
            if self._silent:
                answer = Unknown("played")
        self._advices[advice_ref] = answer
        return answer


def _taken(row) -> int:
    return row["captured"].minor if row["captured"] else 0


def _released(row) -> int:
    return row["released"].minor if row["released"] else 0


def _returned(row) -> int:
    return sum(amount.minor for amount in row["refunds"].values())


def _left(row) -> int:
    """What is still held."""
    return row["amount"].minor - _taken(row) - _released(row) if row["state"] in {"held", "partially_captured"} else 0


def _settle(row) -> None:
    """The state that follows from what was captured, released and given back."""
    if not _taken(row):
        return
    left = _left(row)
    over = "refunded" if _returned(row) == _taken(row) else "captured"
    row["state"] = "partially_captured" if left else over


def three_ds(status: str, brand: str, *, now: Any, **changes: Any) -> ThreeDSecure:
    """How a run of 3-D Secure stands that ended, or waits, with this status."""
    ecis = {"Y": ("05", "02"), "A": ("06", "01"), "I": ("07", "04"), "C": ("", ""), "D": ("", "")}
    known = {
        "status": status,
        "status_reason": "",
        "version": "2.2.0",
        "server_trans_id": str(uuid.uuid4()),
        "ds_trans_id": str(uuid.uuid4()),
        "acs_trans_id": str(uuid.uuid4()),
        "eci": ecis.get(status, ("07", "00"))[brand == "mastercard"],
        "has_value": int(status in {"Y", "A"}),
        "prepaid": 0,
        "challenge_url": "http://localhost:9/acs/challenge" if status == "C" else "",
        "challenge_cancel": "",
        "distrusted": "",
        "asked_at": now,
        "result_at": None,
    }
    return ThreeDSecure(**known | changes)


def _network_reference(reference: str) -> str:
    return reference[-12:].upper()


def _brand(number: str) -> str:
    beginnings = {"4": "visa", "5": "mastercard", "2": "mastercard", "35": "jcb", "37": "amex", "34": "amex"}
    return beginnings.get(number[:1]) or beginnings.get(number[:2]) or "diners"


def _refuse_what_is_no_card(number: str) -> None:
    if number.startswith("6011"):
        raise BrandNotAccepted
    if number == "4242424242424241" or not number.isdigit():
        from vault.errors import IncorrectNumber

        raise IncorrectNumber


@pytest.fixture
def network():
    """The played card network, behind the vault's door for the time of one test."""
    played = PlayedNetwork()
    with another_door(played):
        yield played
