"""The messages of EMV 3-D Secure 2.2.0 that directory and issuer speak. Pure."""

import json
from typing import Any, Final

from common.base64url import from_base64url, to_base64url

VERSION: Final = "2.2.0"

_ASKED_FOR: Final = (
    "threeDSServerTransID", "threeDSServerURL", "messageCategory", "deviceChannel", "threeDSRequestorID",
    "threeDSRequestorName", "threeDSRequestorURL", "acctNumber", "cardExpiryDate", "purchaseAmount",
    "purchaseCurrency", "purchaseExponent", "purchaseDate", "acquirerBIN", "acquirerMerchantID", "merchantName", "mcc",
    "merchantCountryCode", "notificationURL",
)  # fmt: skip
"""What this directory insists on in an AReq."""


class Refused(Exception):
    """No answer but an error message: `code` is one of the protocol's, `detail` the field it is about."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def checked_question(message: object) -> dict[str, Any]:
    """The AReq. Raises Refused."""
    if not isinstance(message, dict) or message.get("messageType") != "AReq":
        raise Refused("101", "messageType")
    if message.get("messageVersion") != VERSION:
        raise Refused("102", "messageVersion")
    if missing := [name for name in _ASKED_FOR if not isinstance(message.get(name), str) or not message[name]]:
        raise Refused("201", ",".join(missing))
    if not (message["purchaseAmount"].isdecimal() and message["acctNumber"].isdecimal()):
        raise Refused("203", "purchaseAmount")
    return message


def error_message(refused: Refused, *, about: object) -> dict[str, str]:
    known = about.get("threeDSServerTransID", "") if isinstance(about, dict) else ""
    return {
        "messageType": "Erro",
        "messageVersion": VERSION,
        "errorCode": refused.code,
        "errorComponent": "D",
        "errorDescription": "The message was not accepted.",
        "errorDetail": refused.detail,
        "errorMessageType": "AReq",
        "threeDSServerTransID": known if isinstance(known, str) else "",
    }


def read_challenge_request(text: str) -> dict[str, Any]:
    """The CReq as it comes in a form field. Raises ValueError."""
    message = json.loads(from_base64url(text.rstrip("=")))
    if not isinstance(message, dict) or message.get("messageType") != "CReq":
        raise ValueError("no CReq")
    return message


def challenge_response(*, server_id: str, acs_id: str, status: str) -> str:
    """The CRes for the browser to carry. It proves nothing to anybody."""
    message = {
        "threeDSServerTransID": server_id,
        "acsTransID": acs_id,
        "challengeCompletionInd": "Y",
        "messageType": "CRes",
        "messageVersion": VERSION,
        "transStatus": status,
    }
    return to_base64url(json.dumps(message).encode())
