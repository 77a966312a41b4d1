"""What crosses the door of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from common.money import Money

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from merchants.models import Shop
    from payments.models import Payment

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ApprovalOffer:
    """What the approval page needs to ask the customer's passkey.

    `public_key` goes to `navigator.credentials.get({publicKey: …})` after the usual base64url decoding of `challenge`
    and of the credential ids. `spc`, there when `kind` is "payment.get", holds `supportedMethods`, `data` and `total`
    for `new PaymentRequest`.
    """

    challenge_id: str
    challenge: str
    kind: str
    details: Mapping[str, str]
    expires_at: datetime
    public_key: Mapping[str, Any]
    spc: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments a list shows. Empty members ask for all; the range is half-open."""

    statuses: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_before: datetime | None = None
    reference: str = ""
    shop_id: str = ""
    text: str = ""
    """Found in the shop's name, the description or the merchant reference, in any case; or exactly the payment's id."""


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """Which grants a list shows. Empty members ask for all; the range is half-open."""

    statuses: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_before: datetime | None = None
    reference: str = ""
    text: str = ""
    """Found in the merchant reference, in any case; or exactly the grant's id."""


@dataclass(frozen=True, slots=True)
class ShopUse:
    """What one customer paid at one shop. `paid` is what was captured, less refunds; points are part of it."""

    shop: "Shop"
    payments: int
    paid: Money
    points: Money
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MerchantBalance:
    """`available` and `pending` are owed to the merchant, `owed` by it; of the two sides one is zero."""

    available: Money
    pending: Money
    owed: Money

    @property
    def owed_to_merchant(self) -> Money:
        return self.available + self.pending


@dataclass(frozen=True, slots=True)
class SalesDay:
    """What one merchant took and gave back on one day (Tokyo). Points that paid a part are in `captured`."""

    day: date
    captured: Money
    captures: int
    refunded: Money
    refunds: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where in a list, newest first: after one row (older ones) or before one (newer ones), by its id."""

    starting_after: str = ""
    ending_before: str = ""
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows newest first; `has_more` says whether others lie further in the direction that was asked."""

    rows: list[Row] = field(default_factory=list)
    has_more: bool = False


class Happening(StrEnum):
    """What one line of a payment's timeline tells."""

    CREATED = "created"
    APPROVED = "approved"
    CHARGED = "charged"
    ASKED_3DS = "asked_3ds"
    CHALLENGED = "challenged"
    AUTHENTICATED = "authenticated"
    NOT_AUTHENTICATED = "not_authenticated"
    POINTS_SET_ASIDE = "points_set_aside"
    """Instead of an issuer's promise: points pay all of it."""
    ASKED_ISSUER = "asked_issuer"
    OUTCOME_UNKNOWN = "outcome_unknown"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    STOPPED = "stopped"
    """Declined, and the issuer was never asked for the amount."""
    REVERSED = "reversed"
    CAPTURED = "captured"
    CAPTURE_REFUSED = "capture_refused"
    RELEASED = "released"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REFUND_BEGUN = "refund_begun"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_FAILED = "refund_failed"
    PROBLEM_REPORTED = "problem_reported"
    FRAUD_REPORTED = "fraud_reported"
    INQUIRY_OPENED = "inquiry_opened"
    DISPUTE_OPENED = "dispute_opened"
    EVIDENCE_SUBMITTED = "evidence_submitted"
    SECOND_STAGE_BEGUN = "second_stage_begun"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_ACCEPTED = "dispute_accepted"
    INQUIRY_CLOSED = "inquiry_closed"


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened to a payment. `facts` are small: amount_minor, refund, decline_code, text_key …"""

    happening: Happening
    at: datetime
    by: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChargesEnded:
    """What came of taking everything back from one merchant."""

    canceled: "tuple[Payment, ...]" = ()
    unknown: "tuple[Payment, ...]" = ()
    """Nobody knows yet what became of these, so nobody can cancel them; the janitor is asking."""
    grants: int = 0
    """How many permissions were ended."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Something that has not ended by itself: what, why, since when, and what happens next. `payment_id` is empty when
    no payment of ours is known to be meant.
    """

    what: "StrOrPromise"
    subject: str
    payment_id: str
    amount: Money | None
    why: "StrOrPromise"
    since: datetime
    next_step_at: datetime | None
    needs_person: bool
