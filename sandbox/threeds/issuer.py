"""Directory and issuer in one: questions come in, the issuer decides, asks its customer where it wants to, and tells.

What is being asked lives in memory: after a restart nobody remembers it, and whoever waits meets a time limit.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.cavv import Authenticated
from sandbox.threeds.behaviours import CHALLENGE_MANDATED, Behaviour, Ending, behaviour_of, decoupled_after, eci_for
from sandbox.threeds.messages import VERSION, challenge_response, checked_question
from sandbox.threeds.proof import Proof, look_at

log = logging.getLogger(__name__)

Send = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]
"""Post a message to a URL; what came back, or nothing."""

_CODES: Final = {"392": "JPY", "840": "USD", "978": "EUR"}
_MOST: Final = 10_000
_BY_FORCE: Final = {
    Ending.PASSED: "pass",
    Ending.FAILED: "fail",
    Ending.CANCELED: "cancel",
}
LETS_PASS: Final = {"Y", "A", "I", "U"}


@dataclass(slots=True)
class Transaction:
    """One question about one card. Four digits of the number are kept, and a hash to know the card again."""

    server_id: str
    ds_id: str
    acs_id: str
    last4: str
    card_hash: str
    eci_passed: str
    eci_failed: str
    value: str
    amount: int
    currency: str
    exponent: int
    merchant: str
    result_url: str
    return_url: str
    proof: Proof
    challenge_ind: str
    acts: Behaviour
    status: str
    asked_at: datetime
    due_at: datetime | None = None
    """Decoupled: when the result is told."""
    opened: int = 0
    """How often the issuer's page was opened."""
    result: str = ""
    """transStatus of the result; empty while there is none."""
    canceled: bool = False
    acknowledged: bool = False
    session_data: str = ""

    @property
    def waits(self) -> bool:
        return self.status in {"C", "D"} and not self.result

    def as_json(self) -> dict[str, Any]:
        return {
            "threeDSServerTransID": self.server_id,
            "acsTransID": self.acs_id,
            "card": {"last4": self.last4},
            "merchant": self.merchant,
            "amount": self.amount,
            "currency": self.currency,
            "scenario": self.acts.name,
            "proof": str(self.proof),
            "challenge_indicator": self.challenge_ind,
            "status": self.status,
            "result": self.result,
            "acknowledged": self.acknowledged,
            "asked_at": self.asked_at.isoformat(),
        }


@dataclass(slots=True)
class Issuer:
    clock: Callable[[], datetime]
    send: Send
    base_url: str
    """Where a browser finds the issuer's page."""
    decoupled_seconds: float = 30.0
    magic_amounts: bool = False
    transactions: dict[str, Transaction] = field(default_factory=dict)
    """By acsTransID, oldest first."""
    _set_up: set[str] = field(default_factory=set)

    async def answer(self, message: object) -> dict[str, Any] | None:
        """The ARes to an AReq, or nothing: this directory keeps silent. Raises Refused."""
        asked = checked_question(message)
        transaction = self._begin(asked)
        if transaction.acts.silent:
            return None
        answer: dict[str, Any] = {
            "messageType": "ARes",
            "messageVersion": VERSION,
            "threeDSServerTransID": transaction.server_id,
            "dsTransID": transaction.ds_id,
            "acsTransID": transaction.acs_id,
            "dsReferenceNumber": "VPSANDBOX_DS_00001",
            "acsReferenceNumber": "VPSANDBOX_ACS_0001",
            "acsOperatorID": "VPSANDBOX",
            "transStatus": transaction.status,
        }
        if transaction.acts.reason and transaction.status == transaction.acts.status:
            answer["transStatusReason"] = transaction.acts.reason
        match transaction.status:
            case "C":
                answer |= {
                    "acsURL": f"{self.base_url}/acs/challenge",
                    "acsChallengeMandated": "Y",
                    "authenticationType": "02",
                }
            case "D":
                answer |= {"acsDecConInd": "Y", "authenticationType": "04"}
            case status:
                answer |= _outcome(transaction, status)
        return answer

    def _begin(self, asked: Mapping[str, Any]) -> Transaction:
        number, amount, currency = asked["acctNumber"], int(asked["purchaseAmount"]), asked["purchaseCurrency"]
        acts = behaviour_of(number, amount=amount, currency=_CODES.get(currency, ""), magic_amounts=self.magic_amounts)
        proof, challenge = (
            look_at(asked.get("threeDSRequestorAuthenticationInfo")),
            asked.get("threeDSRequestorChallengeInd", ""),
        )
        card_hash = hashlib.sha256(b"sandbox issuer" + number.encode()).hexdigest()
        status = acts.status
        if acts.unless_set_up and card_hash in self._set_up:
            status = "Y"
        if not acts.silent and status in LETS_PASS and challenge == CHALLENGE_MANDATED:
            status = "C"
        if status == "Y" and proof is not Proof.VERIFIED:
            status = "C"  # nobody vouches for the customer, so the issuer looks for itself
        ds_id, eci = str(uuid.uuid4()), eci_for("Y" if status in {"C", "D"} else status, number=number)
        value = Authenticated(number, ds_id, eci, amount, currency).value
        now, after = self.clock(), decoupled_after(self.decoupled_seconds, acts)
        transaction = Transaction(
            server_id=asked["threeDSServerTransID"],
            ds_id=ds_id,
            acs_id=str(uuid.uuid4()),
            last4=number[-4:],
            card_hash=card_hash,
            eci_passed=eci,
            eci_failed=eci_for("N", number=number),
            value=value,
            amount=amount,
            currency=_CODES.get(currency, ""),
            exponent=int(asked["purchaseExponent"]),
            merchant=asked["merchantName"],
            result_url=asked["threeDSServerURL"],
            return_url=asked["notificationURL"],
            proof=proof,
            challenge_ind=challenge,
            acts=acts,
            status=status,
            asked_at=now,
            due_at=None if after is None else now + timedelta(seconds=after),
        )
        self.transactions[transaction.acs_id] = transaction
        while len(self.transactions) > _MOST:
            del self.transactions[next(iter(self.transactions))]
        return transaction

    async def conclude(self, transaction: Transaction, answered: str) -> None:
        """`answered` is pass, fail or cancel. The result goes to the commerce; it is told once."""
        if not transaction.waits or transaction.acts.ending is Ending.NEVER:
            return
        # A card whose challenge was asked for by the commerce has no ending of its own.
        forced = _BY_FORCE.get(transaction.acts.ending)
        answered = forced or answered
        transaction.result = "Y" if answered == "pass" else "N"
        transaction.canceled = answered == "cancel"
        if answered == "pass":
            self._set_up.add(transaction.card_hash)
        said = await self.send(transaction.result_url, result_message(transaction))
        transaction.acknowledged = bool(said) and said is not None and said.get("messageType") == "RRes"
        if not transaction.acknowledged:
            log.warning("the commerce did not take note of the result: %s", said)

    async def tell_when_due(self, *, every_seconds: float = 0.5) -> None:
        """For ever: results of decoupled authentications, when their time has come by the instance's clock."""
        while True:
            now = self.clock()
            for transaction in list(self.transactions.values()):
                if transaction.waits and transaction.due_at is not None and transaction.due_at <= now:
                    await self.conclude(transaction, "pass")
            await asyncio.sleep(every_seconds)

    def way_back(self, transaction: Transaction) -> str:
        """The CRes that the browser carries."""
        return challenge_response(
            server_id=transaction.server_id, acs_id=transaction.acs_id, status=transaction.result or "N"
        )


def result_message(transaction: Transaction) -> dict[str, Any]:
    """The RReq."""
    message = {
        "messageType": "RReq",
        "messageVersion": VERSION,
        "messageCategory": "01",
        "threeDSServerTransID": transaction.server_id,
        "dsTransID": str(uuid.uuid4()) if transaction.acts.another_id else transaction.ds_id,
        "acsTransID": transaction.acs_id,
        "authenticationType": "02",
        "interactionCounter": f"{min(max(transaction.opened, 1), 99):02}",
        "transStatus": transaction.result,
        **_outcome(transaction, transaction.result),
    }
    if transaction.result == "N":
        message["transStatusReason"] = "01"
    if transaction.canceled:
        message["challengeCancel"] = "01"
    return message


def _outcome(transaction: Transaction, status: str) -> dict[str, str]:
    if status not in {"Y", "A"} or transaction.acts.without_value:
        known = transaction.eci_passed if status == "I" else transaction.eci_failed
        return {"eci": known}
    return {"eci": transaction.eci_passed, "authenticationValue": transaction.value}
