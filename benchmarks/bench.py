"""One run: the house, its people, and what every scenario may ask for."""

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from benchmarks import fill
from benchmarks.fill import Buyer, Permission, Shop
from benchmarks.house import MeasuredHouse
from benchmarks.load import Client
from benchmarks.measure import Figure, Round


@dataclass
class Bench:
    house: MeasuredHouse
    quick: bool
    most: int
    """How many payments the growth scenario grows to."""
    sellers: list[Shop] = field(default_factory=list)
    people: list[Buyer] = field(default_factory=list)
    run: str = field(default_factory=lambda: os.urandom(4).hex())
    numbers: Iterator[int] = field(default_factory=itertools.count)
    sessions: dict[str, str] = field(default_factory=dict)
    grown: bool = False

    @property
    def seconds(self) -> float:
        return 2 if self.quick else 8

    @property
    def rounds(self) -> int:
        return 2 if self.quick else 5

    def settle_in(self) -> None:
        """Everybody moves in."""
        self.sellers = fill.shops(16)
        self.people = fill.buyers(32 if self.quick else 128)

    @cached_property
    def spread(self) -> list[Permission]:
        """One of each buyer, at all shops in turn."""
        return fill.permissions(self.people, self.sellers)

    @cached_property
    def hot(self) -> list[Permission]:
        """All at one shop."""
        return fill.permissions(self.people, self.sellers[:1])

    @cached_property
    def untouched(self) -> list[Permission]:
        """For the floor: nobody else charges them, so what was seen of them stays so."""
        return fill.permissions(self.people, self.sellers)

    def alternate(self, figure: Figure, ours: Callable[[], Round], floor: Callable[[], Round] | None = None) -> Figure:
        """Floor and ours in turn, so that whatever else the machine does hits both."""
        for _ in range(self.rounds):
            if floor:
                figure.floor.append(floor())
            figure.ours.append(ours())
        return figure

    def number(self) -> int:
        return next(self.numbers)

    def counted(self, work: Callable[[], Round], *parts: str) -> Round:
        with self.house.counting(*parts) as cpu:
            done = work()
        done.cpu = cpu
        return done

    def request(self, method: str, path: str, *, key: str, body: Mapping[str, Any] | None = None) -> bytes:
        """As a shop's server sends it, ready for the line; a POST with an idempotency key of its own."""
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self.house.ports.web}",
            f"Authorization: Bearer {key}",
        ]
        if body is not None:
            lines += [
                "Content-Type: application/json",
                f"Content-Length: {len(content)}",
                f"Idempotency-Key: {self.run}-{self.number()}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + content

    def charges(self, permissions: Sequence[Permission]) -> Callable[[], bytes]:
        """The next charge, of one permission after the other."""
        turns = itertools.cycle(permissions)

        def ask() -> bytes:
            permission = next(turns)
            body = {
                "grant": permission.grant_id,
                "confirm": True,
                "amount": 1_200,
                "currency": "JPY",
                "merchant_reference": f"order-{self.run}-{self.number()}",
                "description": "Sencha, 100 g",
                "items": [{"name": "Sencha, 100 g", "quantity": 1, "unit_amount": 1_200}],
                "metadata": {"order": "1"},
            }
            return self.request("POST", "/v1/payments", key=permission.shop.key, body=body)

        return ask

    def grow(self) -> int:
        """As many payments as this run is about, once. The first shop has a tenth of them."""
        if not self.grown:
            body = Client(self.house.ports.web).ask(self.charges(self.spread)())[1]
            others = self.sellers[1:] or self.sellers
            sellers = [self.sellers[0], *(others[place % len(others)] for place in range(9))]
            fill.history(json.loads(body)["id"], number=self.most, sellers=sellers)
            self.grown = True
        return self.most

    def middle_of(self, shop: Shop) -> str:
        """A payment in the middle of this shop's list."""
        from payments.models import Payment

        ids = Payment.objects.filter(merchant_id=shop.merchant_id).order_by("pk").values_list("pk", flat=True)
        return str(ids[ids.count() // 2])

    def form(self, path: str, buyer: Buyer, members: Mapping[str, str]) -> bytes:
        """As this customer's browser posts it."""
        token = "b" * 32
        content = urlencode({"csrfmiddlewaretoken": token, **members}).encode()
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: localhost:{self.house.ports.web}",
            f"Origin: http://localhost:{self.house.ports.web}",
            f"Cookie: session={self._session_of(buyer)}; csrf={token}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(content)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content

    def _session_of(self, buyer: Buyer) -> str:
        if buyer.customer_id not in self.sessions:
            self.sessions[buyer.customer_id] = fill.session_of(buyer)
        return self.sessions[buyer.customer_id]
