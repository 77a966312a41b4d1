"""What the commerce answers, as frozen objects. `raw` has every member, also those that are newer than this package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NotRequired, Self, TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        known = {member.name for member in fields(cls)} - {"raw"}
        return cls(raw=members, **{name: members[name] for name in known & members.keys()})


class Item(TypedDict):
    """One line of what you sell. `sku` and `category` are your own words, which campaigns for points may name."""

    name: str
    quantity: int
    unit_amount: int
    sku: NotRequired[str]
    category: NotRequired[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Thing):
    """One intention to pay you one amount. Deliver when `is_paid`; a declined card is no error, but a `status`."""

    id: str
    status: str
    amount: int
    currency: str
    merchant_reference: str
    version: int
    created_at: str
    livemode: bool = False
    amount_capturable: int = 0
    amount_captured: int = 0
    amount_released: int = 0
    amount_refunded: int = 0
    amount_disputed: int = 0
    points_redeemed: int = 0
    points_earned: Mapping[str, int] | None = None
    """`pending`, `live` and `taken_back`; None until it is known, and always None in an event."""
    capture_method: str = "automatic"
    capture_before: str | None = None
    checkout_url: str | None = None
    description: str = ""
    grant: str | None = None
    latest_authorization: Mapping[str, Any] | None = None
    captures: Sequence[Mapping[str, Any]] = ()
    card: Mapping[str, str] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_paid(self) -> bool:
        return self.status == "captured"

    @property
    def decline_code(self) -> str | None:
        """Why the latest card was declined; None when it was not."""
        return (self.latest_authorization or {}).get("decline_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Thing):
    id: str
    payment: str
    amount: int
    currency: str
    status: str
    created_at: str
    reason: str = "other"
    points_returned: int = 0
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Thing):
    """A customer's permission to charge them within limits, without asking each time."""

    id: str
    status: str
    created_at: str
    kind: str = ""
    merchant_reference: str = ""
    limit_per_payment: int | None = None
    limit_per_period: int | None = None
    period: str | None = None
    until: str | None = None
    checkout_url: str | None = None
    """Where the customer approves."""

    @property
    def is_usable(self) -> bool:
        return self.status == "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Thing):
    id: str
    payment: str
    amount: int
    currency: str
    status: str
    created_at: str
    reason: str = ""
    respond_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing(Thing):
    """What points cost and brought you in one month. It states: the money moved when each thing happened."""

    id: str
    month: str
    net_position: int
    created_at: str
    currency: str = "JPY"
    opening_reserve: int = 0
    closing_reserve: int = 0
    lines: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion(Thing):
    """One old balance that was taken over. Nothing here says whether its owner is a customer."""

    id: str
    batch: str
    source_id: str
    email: str
    points: int
    expires_on: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionBatch(Thing):
    """Old points that were taken over at once; `converted` and `returned` are sums, once it is over."""

    id: str
    conversions: int
    points: int
    waits_until: str
    created_at: str
    converted: Mapping[str, int] | None = None
    returned: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Thing):
    """Points that you give on top. `version` grows with each change; a purchase is judged by the one of its time."""

    id: str
    status: str
    name: str
    kind: str
    budget: int
    version: int
    created_at: str
    rate_basis_points: int | None = None
    points: int | None = None
    minimum_spend: int = 0
    skus: Sequence[str] = ()
    categories: Sequence[str] = ()
    first_purchase_only: bool = False
    starts_on: str | None = None
    ends_before: str | None = None
    weekdays: Sequence[str] = ()
    most_points_per_customer: int | None = None
    most_purchases_per_customer: int | None = None
    most_purchases: int | None = None
    combining: str = "adds_up"
    budget_used: int = 0
    budget_left: int = 0
    purchases: int = 0

    @property
    def is_running(self) -> bool:
        return self.status == "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile(Thing):
    """A file of evidence. Name its id in `submit_evidence(files=[…])`."""

    id: str
    name: str
    created_at: str
    media_type: str = ""
    size_bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Thing):
    """Something that happened. `data` is the whole object as it was then; act on the larger `data["version"]`."""

    type: str
    data: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint(Thing):
    """`secret` is there only in the answer that made or rolled it."""

    id: str
    url: str
    status: str
    event_types: list[str] = field(default_factory=list)
    secret: str | None = field(default=None, repr=False)
    public_key: str | None = None
