"""3-D Secure as payments know it: what a status means, who bears the loss, and our own proof for the issuer. Pure.

Our passkey is a proof for the issuer to look at. It moves no liability: only the issuer's own word does, and only when
it came with the authorization, for a kind of sale and of card that the card networks do not except.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from common.base64url import to_base64url
from payments.card_check import Check, CheckLine, failed, not_checked, passed, unknown

MOST_PROOF_BYTES: Final = 2_048

_SHIFTING_ECI: Final = {"mastercard": frozenset({"02", "01"})}
_SHIFTING_ECI_OF_OTHERS: Final = frozenset({"05", "06"})

SHIFT_REASONS: Final = frozenset(
    {"status", "eci", "no_value", "not_authorized", "value_not_sent", "value_refused", "category", "prepaid"}
)
"""Every word in which something is said to be missing. Stable for ever."""

EXCEPTED_CATEGORIES: Final = frozenset({"4829", "5967", "6051", "6540", "7801", "7802", "7995"})
"""Kinds of shop for which liability stays with the merchant, whatever 3-D Secure said."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Whether liability moved to the issuer: what its word claims, and whether the conditions are met that we can see.

    `reasons` say what is missing: status, eci, no_value; not_authorized, value_not_sent, value_refused, category,
    prepaid.
    """

    claimed: bool
    conditions_met: bool
    reasons: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the issuer said about one attempt."""

    brand: str
    status: str
    eci: str
    has_value: bool
    prepaid: bool
    category: str


def shift_of(word: Word, *, value_became: str | None) -> Shift:
    """`value_became` is what the authorization says of the value ("", sent, matched, refused); None before it."""
    unclaimed = [
        reason
        for reason, applies in (
            ("status", word.status not in {"Y", "A"}),
            ("eci", word.eci not in _SHIFTING_ECI.get(word.brand, _SHIFTING_ECI_OF_OTHERS)),
            ("no_value", not word.has_value),
        )
        if applies
    ]
    missing = [
        reason
        for reason, applies in (
            ("not_authorized", value_became is None),
            ("value_not_sent", value_became == ""),
            ("value_refused", value_became == "refused"),
            ("category", word.category in EXCEPTED_CATEGORIES),
            ("prepaid", word.prepaid),
        )
        if applies
    ]
    return Shift(
        claimed=not unclaimed,
        conditions_met=not unclaimed and not missing,
        reasons=unclaimed or missing,
    )


def check_line(status: str, *, eci: str = "", version: str = "") -> CheckLine:
    """The line of the card check. An empty status is a directory that could not be asked."""
    facts = {name: text for name, text in (("status", status), ("eci", eci), ("version", version)) if text}
    match status:
        case "Y" | "A":
            return passed(Check.THREE_DS, **facts)
        case "N" | "R":
            return failed(Check.THREE_DS, **facts)
        case "I":
            return not_checked(Check.THREE_DS, **facts)
        case _:
            return unknown(Check.THREE_DS, **facts)


def summary(*, status: str, eci: str, version: str, shift: Shift) -> dict[str, Any]:
    """`three_ds` of an attempt, as the API says it."""
    return {
        "status": status or None,
        "eci": eci or None,
        "version": version or None,
        "liability_shift_claimed": shift.claimed,
        "liability_shift_conditions_met": shift.conditions_met,
        "reasons": shift.reasons,
    }


def proof_data(  # noqa: PLR0913 (each is a part of the proof)
    *, approval_id: str, rp_id: str, origin: str, public_key: bytes, authenticator_data: bytes, client_data: bytes,
    signature: bytes,
) -> str:  # fmt: skip
    """threeDSReqAuthData: enough for the issuer to verify the passkey's signature again, and nothing about the person.

    Of the client data the hash goes along, because that is what was signed. Raises ValueError beyond 2,048 bytes.
    """
    said = {
        "approval": approval_id,
        "rp": rp_id,
        "origin": origin,
        "key": to_base64url(public_key),
        "authenticatorData": to_base64url(authenticator_data),
        "clientDataHash": to_base64url(hashlib.sha256(client_data).digest()),
        "signature": to_base64url(signature),
    }
    text = json.dumps(said, separators=(",", ":"))
    if len(text.encode()) > MOST_PROOF_BYTES:
        raise ValueError(f"a proof has at most {MOST_PROOF_BYTES} bytes")
    return text


def challenge_request(*, server_trans_id: str, acs_trans_id: str, version: str) -> str:
    """The CReq that a browser carries to the issuer's page, in base64url."""
    message = {
        "messageType": "CReq",
        "messageVersion": version,
        "threeDSServerTransID": server_trans_id,
        "acsTransID": acs_trans_id,
        "challengeWindowSize": "05",
    }
    return to_base64url(json.dumps(message, separators=(",", ":")).encode())
