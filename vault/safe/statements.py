"""Whether the safe's own records bear out what a receipt is to state.

Whoever asks for a signature is not believed: a receipt is signed only when the card network was asked here for the
money of which it speaks and said yes, and never for more. What a capture, a refund or the end of a dispute states is
settled by the first signature about it; a later one may stand at another place of a wallet's chain, and says the same.

A statement about points alone has nothing to do with the network. It states that no card paid, and is signed as such.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Sum

from common.db import transaction_required
from common.insert_once import insert_once
from common.json import UnreadableJson, canonical, read_strict
from common.jws import MOST_BYTES
from vault.errors import ReceiptNotBorneOut
from vault.models import CardRecord, SignedStatement, WireMessage
from vault.states import MessageKind

_ABOUT: Final = {"capture": "capture", "capture_refused": "capture", "refund": "refund", "dispute": "dispute"}
"""Each kind of receipt, and the member that names what it is about."""
_AMOUNTS: Final = ("amount", "points", "card_amount")
_FACTS: Final = (
    *("kind", "payment", "capture", "refund", "dispute", "outcome", "happened_at"),
    *(*_AMOUNTS, "currency", "card", "authorization", "refund_network_reference"),
)
"""What no second signature about the same thing may say otherwise. Its number, its time and its place may differ."""
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Stated:
    """What matters of a statement: read, and not yet believed."""

    said: Mapping[str, Any]
    kind: str
    about_ref: str
    card_amount: int
    currency: str
    authorization: Mapping[str, Any] | None

    @property
    def facts_digest(self) -> str:
        return _digest(canonical({name: self.said[name] for name in _FACTS if name in self.said}))


def read_statement(payload: bytes, *, livemode: bool) -> Stated:
    """Refuses (ReceiptNotBorneOut) what is not canonical JSON of a kind that we know, with amounts that add up."""
    try:
        said = read_strict(payload, most_bytes=MOST_BYTES, deepest=_DEEPEST)
        is_canonical = canonical(said) == payload
    except (UnreadableJson, ValueError):
        raise ReceiptNotBorneOut from None
    if not isinstance(said, dict) or not is_canonical:
        raise ReceiptNotBorneOut
    kind, authorization = said.get("kind"), said.get("authorization")
    about = said.get(_ABOUT[kind]) if isinstance(kind, str) and kind in _ABOUT else None
    minors: list[Any] = [said.get(name) for name in _AMOUNTS]
    if not isinstance(about, str) or not about or not isinstance(currency := said.get("currency"), str):
        raise ReceiptNotBorneOut
    if not all(type(minor) is int and minor >= 0 for minor in minors) or minors[0] != minors[1] + minors[2]:
        raise ReceiptNotBorneOut
    if not isinstance(authorization, dict | None) or said.get("livemode") is not livemode:
        raise ReceiptNotBorneOut
    if kind == "dispute":  # a case may end, be taken up again and end once more: each end is a statement of its own
        about = f"{about}@{_digest(canonical(said.get('happened_at')))[:16]}"
    return Stated(said, str(kind), about, said["card_amount"], currency, authorization)


@transaction_required
def require_borne_out(stated: Stated) -> None:
    """Refuses (ReceiptNotBorneOut) what the card network never granted. Captures of one promise wait for each other."""
    if stated.authorization is None:
        if stated.card_amount or stated.said.get("card") is not None:
            raise ReceiptNotBorneOut
        return
    promise = _answered(stated.authorization.get("id"), MessageKind.AUTHORIZATION)
    if promise.network_reference != stated.authorization.get("network_reference"):
        raise ReceiptNotBorneOut
    if promise.currency != stated.currency:
        raise ReceiptNotBorneOut
    _require_card(stated, promise)
    match stated.kind:
        case "capture" | "capture_refused":
            others = _captured_of(promise, but=stated.about_ref) if stated.kind == "capture" else 0
            if others + stated.card_amount > promise.amount_minor:
                raise ReceiptNotBorneOut
        case "refund" if stated.card_amount:
            returned = _answered(stated.about_ref, MessageKind.REFUND)
            same = (returned.amount_minor, returned.currency) == (stated.card_amount, stated.currency)
            if not same or returned.network_reference != stated.said.get("refund_network_reference"):
                raise ReceiptNotBorneOut


def _answered(reference: object, kind: MessageKind) -> WireMessage:
    """The message under this reference to which the network said yes, locked."""
    rows = WireMessage.objects.select_for_update(no_key=True).filter(kind=kind)
    row = rows.filter(reference=reference).first() if isinstance(reference, str) else None
    if row is None or not row.is_approved:
        raise ReceiptNotBorneOut
    return row


def _require_card(stated: Stated, promise: WireMessage) -> None:
    """The digits are those of the card that was asked; one that was destroyed since cannot be compared any more."""
    card = CardRecord.objects.filter(pk=promise.card_token).first()
    said = stated.said.get("card")
    if not isinstance(said, dict) or (card is not None and said.get("last4") != card.last4):
        raise ReceiptNotBorneOut


def _captured_of(promise: WireMessage, *, but: str) -> int:
    """What other receipts state as taken under this promise, less what the network refused afterwards."""
    of_it = SignedStatement.objects.filter(authorization_ref=promise.reference).exclude(about_ref=but)
    refused = of_it.filter(kind="capture_refused").values("about_ref")
    taken = of_it.filter(kind="capture").exclude(about_ref__in=refused)
    minor: int = taken.aggregate(sum=Sum("card_amount_minor", default=0))["sum"]
    return minor


# What was signed before -----------------------------------------------------------------------------------------------


@transaction_required
def signed_before(stated: Stated, payload: bytes) -> SignedStatement | None:
    """The signature that exactly these bytes have already. Refuses (ReceiptNotBorneOut) other facts about the same."""
    row = SignedStatement.objects.select_for_update().filter(pk=(stated.about_ref, stated.kind)).first()
    if row is not None and row.facts_digest != stated.facts_digest:
        raise ReceiptNotBorneOut
    return row if row is not None and row.payload_digest == _digest(payload) else None


@transaction_required
def note_signed(stated: Stated, payload: bytes, *, jws: str, kid: str, now: datetime) -> None:
    """The first signature pins the facts; one at another place of the chain takes the place of the last."""
    authorization = stated.authorization or {}
    row = SignedStatement(
        about_ref=stated.about_ref,
        kind=stated.kind,
        authorization_ref=authorization.get("id", ""),
        card_amount_minor=stated.card_amount,
        facts_digest=stated.facts_digest,
        payload_digest=_digest(payload),
        kid=kid,
        jws=jws,
        signed_at=now,
    )
    if insert_once(row):
        return
    known = SignedStatement.objects.filter(about_ref=row.about_ref, kind=row.kind, facts_digest=row.facts_digest)
    if not known.update(payload_digest=row.payload_digest, kid=kid, jws=jws, signed_at=now):
        raise ReceiptNotBorneOut


def _digest(words: bytes) -> str:
    return hashlib.sha256(words).hexdigest()
