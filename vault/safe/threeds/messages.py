"""The messages of EMV 3-D Secure as we write and read them. Pure.

Strict about what decides: a status we do not know, an id that is none, a member given twice, and the whole message is
no answer. Members that we do not use are left alone: a directory may say more in a later version.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from common.json import UnreadableJson, read_strict
from common.money import EXPONENTS, NUMERIC_CODES, Money
from vault.safe.pan import OpenCard
from vault.safe.wire.messages import merchant_id
from vault.types import BrowserFacts, MerchantFacts, RequestorProof

VERSION: Final = "2.2.0"
BROWSER, PAYMENT = "02", "01"
"""deviceChannel and messageCategory."""
FIDO_AUTHENTICATOR: Final = "06"
NO_PREFERENCE, CHALLENGE_MANDATED = "01", "04"
"""threeDSRequestorChallengeInd."""
MOST_PROOF: Final = 2_048
MOST_MINUTES_DECOUPLED: Final = "00010"

IN_ANSWERS: Final = frozenset("YANRUCDI")
IN_RESULTS: Final = frozenset("YANRU")
WAITS_FOR_RESULT: Final = frozenset("CD")

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TWO_DIGITS: Final = re.compile(r"[0-9]{2}")
_VALUE: Final = re.compile(r"[A-Za-z0-9+/]{27}=")
"""Twenty bytes in base64: CAVV and AAV alike."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class MakesNoSense(ValueError):
    """The message cannot be believed. Says why in words that hold nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requestor:
    """Who asks: our acquirer's number for us, our name and origin."""

    acquirer: str
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What one AReq is about, beside the card."""

    server_trans_id: str
    amount: Money
    merchant: MerchantFacts
    browser: BrowserFacts
    proof: RequestorProof | None
    challenge_mandated: bool
    results_url: str
    return_url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """What the issuer said, in an ARes or an RReq."""

    status: str
    reason: str
    ds_trans_id: str
    acs_trans_id: str
    eci: str
    value: str
    challenge_url: str = ""
    challenge_cancel: str = ""


def authentication_request(card: OpenCard, asked: Inquiry, *, requestor: Requestor) -> dict[str, Any]:
    """The AReq: the one message beside those of the wire that carries a card number."""
    acquirer = requestor.acquirer.lstrip("0")
    return {
        "messageType": "AReq",
        "messageVersion": VERSION,
        "messageCategory": PAYMENT,
        "deviceChannel": BROWSER,
        "threeDSServerTransID": asked.server_trans_id,
        "threeDSServerRefNumber": "VAULTPAY_3DS_SERVER",
        "threeDSServerURL": asked.results_url,
        "threeDSRequestorID": acquirer,
        "threeDSRequestorName": requestor.name[:40],
        "threeDSRequestorURL": requestor.url,
        "threeDSRequestorAuthenticationInd": "01",
        "threeDSRequestorChallengeInd": CHALLENGE_MANDATED if asked.challenge_mandated else NO_PREFERENCE,
        "threeDSRequestorDecReqInd": "Y",
        "threeDSRequestorDecMaxTime": MOST_MINUTES_DECOUPLED,
        "threeDSCompInd": "U",
        **({"threeDSRequestorAuthenticationInfo": _proof(asked.proof)} if asked.proof else {}),
        "acctNumber": card.pan.reveal_to_network(),
        "cardExpiryDate": card.expiry,
        "acquirerBIN": acquirer,
        "acquirerMerchantID": merchant_id(asked.merchant.ref),
        "merchantName": asked.merchant.name[:40],
        "mcc": asked.merchant.mcc,
        "merchantCountryCode": "392",
        "transType": "01",
        "purchaseAmount": str(asked.amount.minor),
        "purchaseCurrency": NUMERIC_CODES[asked.amount.currency],
        "purchaseExponent": str(EXPONENTS[asked.amount.currency]),
        "purchaseDate": asked.now.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
        "notificationURL": asked.return_url,
        **_browser(asked.browser),
    }


def _proof(proof: RequestorProof) -> dict[str, str]:
    if len(proof.data.encode()) > MOST_PROOF:
        raise ValueError(f"a proof has at most {MOST_PROOF} bytes")
    return {
        "threeDSReqAuthMethod": FIDO_AUTHENTICATOR,
        "threeDSReqAuthTimestamp": proof.at.astimezone(UTC).strftime("%Y%m%d%H%M"),
        "threeDSReqAuthData": proof.data,
    }


def _browser(browser: BrowserFacts) -> dict[str, Any]:
    """Who looks at a screen tells its size; where no script has spoken, none is claimed to run."""
    known = {
        "browserAcceptHeader": browser.accept_header[:2048] or "*/*",
        "browserUserAgent": browser.user_agent[:2048],
        "browserLanguage": browser.language[:35] or "ja",
        "browserIP": browser.ip,
    }
    said = {name: text for name, text in known.items() if text}
    if not browser.screen_width:
        return {**said, "browserJavascriptEnabled": False}
    return {
        **said,
        "browserJavascriptEnabled": True,
        "browserJavaEnabled": False,
        "browserColorDepth": str(browser.color_depth),
        "browserScreenHeight": str(browser.screen_height),
        "browserScreenWidth": str(browser.screen_width),
        "browserTZ": str(browser.minutes_behind_utc),
    }


def read_answer(body: bytes, *, server_trans_id: str, sandbox: bool) -> Word:
    """The ARes to our question. Raises MakesNoSense."""
    message = _message(body, kind="ARes", server_trans_id=server_trans_id)
    status = _one_of(message, "transStatus", IN_ANSWERS)
    return Word(
        status=status,
        reason=_matching(message, "transStatusReason", _TWO_DIGITS),
        ds_trans_id=_id(message, "dsTransID"),
        acs_trans_id=_id(message, "acsTransID"),
        eci=_matching(message, "eci", _TWO_DIGITS),
        value=_matching(message, "authenticationValue", _VALUE) if status in {"Y", "A"} else "",
        challenge_url=_page(message.get("acsURL"), sandbox=sandbox) if status == "C" else "",
    )


def read_result(body: bytes, *, server_trans_id: str) -> Word:
    """The RReq about our question; its ids are still to be compared. Raises MakesNoSense."""
    message = _message(body, kind="RReq", server_trans_id=server_trans_id)
    status = _one_of(message, "transStatus", IN_RESULTS)
    return Word(
        status=status,
        reason=_matching(message, "transStatusReason", _TWO_DIGITS),
        ds_trans_id=_id(message, "dsTransID"),
        acs_trans_id=_id(message, "acsTransID"),
        eci=_matching(message, "eci", _TWO_DIGITS),
        value=_matching(message, "authenticationValue", _VALUE) if status in {"Y", "A"} else "",
        challenge_cancel=_matching(message, "challengeCancel", _TWO_DIGITS),
    )


def result_response(*, server_trans_id: str, ds_trans_id: str, acs_trans_id: str) -> dict[str, str]:
    """The RRes: we took note."""
    return {
        "messageType": "RRes",
        "messageVersion": VERSION,
        "threeDSServerTransID": server_trans_id,
        "dsTransID": ds_trans_id,
        "acsTransID": acs_trans_id,
        "resultsStatus": "01",
    }


def error_message(code: str, detail: str, *, server_trans_id: str = "") -> dict[str, str]:
    known = {"threeDSServerTransID": server_trans_id} if server_trans_id else {}
    return {
        "messageType": "Erro",
        "messageVersion": VERSION,
        "errorCode": code,
        "errorComponent": "S",
        "errorDescription": "The message was not accepted.",
        "errorDetail": detail,
        "errorMessageType": "RReq",
        **known,
    }


def _message(body: bytes, *, kind: str, server_trans_id: str) -> dict[str, Any]:
    try:
        message = read_strict(body)
    except UnreadableJson:
        raise MakesNoSense("it is no JSON that we accept") from None
    if not isinstance(message, dict):
        raise MakesNoSense("it is no message")
    if message.get("messageType") == "Erro":
        code = message.get("errorCode")
        raise MakesNoSense(f"error {code}" if isinstance(code, str) and code.isdecimal() else "an error")
    if message.get("messageType") != kind:
        raise MakesNoSense(f"it is no {kind}")
    if message.get("messageVersion") != VERSION:
        raise MakesNoSense("another version")
    said = message.get("threeDSServerTransID")
    if not isinstance(said, str) or said.lower() != server_trans_id:
        raise MakesNoSense("threeDSServerTransID")
    return message


def _one_of(message: dict[str, Any], name: str, known: frozenset[str]) -> str:
    value = message.get(name)
    if not isinstance(value, str) or value not in known:
        raise MakesNoSense(name)
    return value


def _matching(message: dict[str, Any], name: str, shape: re.Pattern[str]) -> str:
    """Empty when it is not there."""
    value = message.get(name)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise MakesNoSense(name)
    return value


def _id(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise MakesNoSense(name)
    return value.lower()


def _page(value: object, *, sandbox: bool) -> str:
    """Where a customer may be sent: an https page with no name or password in its address. A sandbox's own is http."""
    if not isinstance(value, str) or len(value) > 2_048 or not value.isascii() or not value.isprintable():
        raise MakesNoSense("acsURL")
    parts = urlsplit(value)
    try:
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise MakesNoSense("acsURL") from None
    at_home = sandbox and parts.scheme == "http" and host in _LOOPBACK
    strange = set(value) & set(" \"'<>;,\\*")
    if not host or strange or parts.username is not None or not (parts.scheme == "https" or at_home):
        raise MakesNoSense("acsURL")
    return value
