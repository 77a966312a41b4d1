"""What crosses the door of the vault. No card number and no security code can be written in these words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from common.money import Money

RECEIPT_TYPE: Final = "vaultpay-receipt+json"
"""The `typ` of everything that the receipt keys sign: nothing else can be made to look as if it were signed here."""


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """What the card network is told about the shop: id, name, category (four digits), city."""

    ref: str
    name: str
    mcc: str
    city: str


@dataclass(frozen=True, slots=True)
class Authorized:
    """The issuer said yes. `network_reference` is field 37, the same in every later message about it."""

    network_reference: str
    approval_code: str
    response_code: str
    at: datetime
    three_ds: str = ""
    """What became of the authentication value: empty when none was sent; "sent", "matched" or "refused"."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The issuer said no, for certain. `advice_code` is the scheme's hint on trying again, where it gave one."""

    response_code: str
    advice_code: str | None
    network_reference: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened. Ask again later (`inquire_outcome`); never send a new one meanwhile."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certain: nothing left the house, and nothing ever will under this reference."""

    why: str


@dataclass(frozen=True, slots=True)
class StoredCard:
    """`fingerprint_seen`: the same owner had stored this number before, and gets the same token back.

    `security_code` is no code: match, no_match or not_checked.
    """

    card_token: str
    brand: str
    last4: str
    bin6: str
    exp_month: int
    exp_year: int
    fingerprint_seen: bool
    security_code: str = "match"


@dataclass(frozen=True, slots=True)
class CardDeclined:
    """The issuer does not vouch for the card: nothing was stored."""

    response_code: str


@dataclass(frozen=True, slots=True)
class IntakeOffer:
    """What a browser needs to seal a card to the safe: X25519 public key and HPKE `info`, both base64url."""

    intake_id: str
    key_id: str
    public_key_b64u: str
    info_b64u: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The network took note of the advice."""

    response_code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The network answered the advice with a no, e.g. 25 (original not found) or 12 (not possible any more)."""

    response_code: str


@dataclass(frozen=True, slots=True)
class Found:
    """What became of it. `reversed`: nothing is held any more, it was voided or reversed since."""

    answer: Authorized | Declined
    reversed: bool


@dataclass(frozen=True, slots=True)
class NotFound:
    """It never happened, and never will: a late answer to it is reversed by the safe itself."""


@dataclass(frozen=True, slots=True)
class BrowserFacts:
    """What the issuer is told about the browser in front of its customer. What nobody knows is empty or 0."""

    accept_header: str = ""
    user_agent: str = ""
    language: str = ""
    ip: str = ""
    color_depth: int = 0
    screen_height: int = 0
    screen_width: int = 0
    minutes_behind_utc: int = 0


@dataclass(frozen=True, slots=True)
class RequestorProof:
    """How we know the customer: what their payment passkey signed and when. `data` is at most 2,048 bytes."""

    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class ThreeDSecure:
    """How one run of 3-D Secure stands. The authentication value stays in the safe; `has_value` says that there is one.

    `status` is the protocol's transStatus (Y, A, N, R, U, C, D, I); C and D still wait for a result. `challenge_url` is
    the issuer's page. `distrusted` says why a result that came was not believed.
    """

    status: str
    status_reason: str
    version: str
    server_trans_id: str
    ds_trans_id: str
    acs_trans_id: str
    eci: str
    has_value: int
    prepaid: int
    challenge_url: str
    challenge_cancel: str
    distrusted: str
    asked_at: datetime
    result_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultHeard:
    """A result came over our address for it. `answer` is what the sender is told, in JSON."""

    reference: str
    answer: str


@dataclass(frozen=True, slots=True)
class ResultUnknown:
    """Nobody waits for a result there. `answer` is what the sender is told, in JSON."""

    answer: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The card can no longer be used. `known` is false when there was no such card of this owner."""

    known: bool


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """`jws` is the compact serialization; `kid` names the public key that it is checked with."""

    jws: str
    kid: str


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """`jwks` is the JSON text of the key set: every key that ever signed a receipt here, the newest first."""

    jwks: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the safe is."""

    links_signed_on: int
    links: int
    key_provider: str
    uptime_seconds: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What the network told us unasked. `reference` is the authorization of ours that it is about, or empty."""

    notice_ref: str
    kind: str
    reference: str
    network_reference: str
    card_tokens: list[str]
    """Whose expiry has changed."""
    amount: Money
    case_ref: str
    reason_code: str
    stage: str
    outcome: str
    due_at: datetime | None
    exp_month: int | None
    exp_year: int | None
    received_at: datetime


Answer: TypeAlias = Authorized | Declined | Unknown | NotSent
AdviceAnswer: TypeAlias = Acknowledged | Refused | Unknown | NotSent
InquiryAnswer: TypeAlias = Found | NotFound | Unknown | NotSent
StoreAnswer: TypeAlias = StoredCard | CardDeclined | Unknown
AuthenticationAnswer: TypeAlias = ThreeDSecure | Unknown | NotSent
ResultAnswer: TypeAlias = ResultHeard | ResultUnknown
