"""A shop's orders, in one small JSON file of its own."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from common.clock import TOKYO
from vaultpay_client import Payment

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
_REMEMBERED: Final = 1_000


@dataclass(slots=True)
class Order:
    number: str
    """The shop's own name for it, and the merchant reference of its payment."""
    token: str
    """What its page is found by: nobody guesses it."""
    placed_at: str
    lines: list[dict[str, Any]]
    amount: int
    payment_id: str = ""
    checkout_url: str = ""
    status: str = "placed"
    """`placed` until the commerce has answered, then the payment's own status."""
    version: int = 0
    card: dict[str, str] | None = None
    points_redeemed: int = 0
    amount_refunded: int = 0
    refund_attempts: int = 0
    refund_status: str = ""

    @property
    def is_paid(self) -> bool:
        return self.status == "captured"

    @property
    def shown_as(self) -> str:
        """The one word that the shop's pages go by."""
        if self.is_paid and self.refund_status == "pending":
            return "refunding"
        if self.is_paid and self.amount_refunded >= self.amount:
            return "refunded"
        match self.status:
            case "captured" | "partially_captured":
                return "paid"
            case "placed" | "requires_approval":
                return "waiting"
            case "processing" | "authorized":
                return "checking"
            case _:
                return "not_paid"

    def take_over(self, payment: Payment) -> None:
        """What the commerce says about the payment. An older version than the one known is passed over."""
        if payment.version < self.version:
            return
        self.status, self.version = payment.status, payment.version
        self.card = dict(payment.card) if payment.card else None
        self.points_redeemed, self.amount_refunded = payment.points_redeemed, payment.amount_refunded


@dataclass
class Orders:
    file: Path
    _orders: dict[str, Order] = field(default_factory=dict)
    _heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self.file.exists():
            kept = json.loads(self.file.read_text())
            self._orders = {row["number"]: Order(**row) for row in kept["orders"]}
            self._heard = kept["heard"]

    def place(self, lines: list[dict[str, Any]], *, prefix: str, now: datetime) -> Order:
        day = now.astimezone(TOKYO).strftime("%y%m%d")
        order = Order(
            number=f"{prefix}-{day}-{''.join(secrets.choice(_LETTERS) for _ in range(6))}",
            token=secrets.token_urlsafe(18),
            placed_at=now.isoformat(),
            lines=lines,
            amount=sum(line["price"] * line["quantity"] for line in lines),
        )
        self._orders[order.number] = order
        self.keep()
        return order

    def newest_first(self) -> list[Order]:
        return list(reversed(self._orders.values()))

    def numbered(self, number: str) -> Order | None:
        return self._orders.get(number)

    def behind(self, token: str) -> Order | None:
        return next((order for order in self._orders.values() if secrets.compare_digest(order.token, token)), None)

    def of_payment(self, payment_id: str) -> Order | None:
        return next((order for order in self._orders.values() if payment_id and order.payment_id == payment_id), None)

    def has_heard(self, webhook_id: str) -> bool:
        return webhook_id in self._heard

    def remember(self, webhook_id: str) -> None:
        self._heard = [*self._heard, webhook_id][-_REMEMBERED:]
        self.keep()

    def keep(self) -> None:
        """All or nothing: a kill leaves the file as it was or as it is."""
        rows = {"orders": [asdict(order) for order in self._orders.values()], "heard": self._heard}
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
        beside.replace(self.file)
