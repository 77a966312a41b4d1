"""The commerce's side for the stories about directory and issuer: what it asks, its proof, and what it hears."""

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta

from common.base64url import from_base64url, to_base64url
from sandbox.passkey import SoftwarePasskey
from sandbox.threeds.issuer import Issuer

PASSKEY = SoftwarePasskey(b"seed", "alice")


class Commerce:
    """Who asks, and hears: `heard` are the results that came, `answers` whether they are acknowledged."""

    def __init__(self, **facts):
        self.now, self.heard, self.answers = datetime(2026, 11, 22, 4, 50, tzinfo=UTC), [], True
        self.issuer = Issuer(clock=lambda: self.now, send=self.hear, base_url="http://localhost:9", **facts)

    def later(self, **span):
        self.now += timedelta(**span)

    async def hear(self, url, message):
        self.heard.append((url, message))
        return {"messageType": "RRes"} if self.answers else None

    async def asks(self, number, **changes):
        """The issuer's answer, and the transaction as it stands there."""
        answer = await self.issuer.answer(question(number, **changes))
        return answer, list(self.issuer.transactions.values())[-1]


def proof(**changes):
    options = {"challenge": to_base64url(b"c" * 32), "rpId": "localhost", "allowCredentials": []}
    answer = PASSKEY.get(options, origin="http://localhost:8000")["response"]
    client_data = from_base64url(answer["clientDataJSON"])
    said = {
        "key": to_base64url(PASSKEY.public_key),
        "authenticatorData": answer["authenticatorData"],
        "clientDataHash": to_base64url(hashlib.sha256(client_data).digest()),
        "signature": answer["signature"],
    }
    return {
        "threeDSReqAuthMethod": "06",
        "threeDSReqAuthTimestamp": "202611220450",
        "threeDSReqAuthData": json.dumps(said | changes),
    }


def question(number="4242424242424242", **changes):
    asked = {
        "messageType": "AReq",
        "messageVersion": "2.2.0",
        "messageCategory": "01",
        "deviceChannel": "02",
        "threeDSServerTransID": str(uuid.uuid4()),
        "threeDSServerURL": "http://localhost:8000/3ds/results/key",
        "threeDSRequestorID": "392001",
        "threeDSRequestorName": "Machinaka Commerce",
        "threeDSRequestorURL": "http://localhost:8000",
        "threeDSRequestorChallengeInd": "01",
        "threeDSRequestorAuthenticationInfo": proof(),
        "acctNumber": number,
        "cardExpiryDate": "3012",
        "purchaseAmount": "12800",
        "purchaseCurrency": "392",
        "purchaseExponent": "0",
        "purchaseDate": "20261122045000",
        "acquirerBIN": "392001",
        "acquirerMerchantID": "MER",
        "merchantName": "Komorebi Glasses",
        "mcc": "8043",
        "merchantCountryCode": "392",
        "notificationURL": "http://localhost:8000/3ds/return/ath",
    }
    return {name: value for name, value in (asked | changes).items() if value is not None}
