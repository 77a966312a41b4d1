"""The public API of the commerce, as any shop would call it."""

from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from sandbox.shops.configuration import ShopConfiguration
from sandbox.shops.orders import Order

_PATIENCE: Final = aiohttp.ClientTimeout(total=25)


class CommerceSaidNo(Exception):
    """The API answered with a problem, or not at all. `problem` is what it said, empty when it was silent."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("code", "unreachable"))
        self.problem = problem


@dataclass(slots=True)
class Commerce:
    configuration: ShopConfiguration
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def create_payment(self, order: Order, *, language: str) -> dict[str, Any]:
        """Asked again for the same order, it is the same payment: the order's number is the idempotency key."""
        shop = self.configuration
        return await self._call(
            "POST",
            "/v1/payments",
            key=f"pay-{order.number}",
            language=language,
            body={
                "amount": order.amount,
                "currency": "JPY",
                "merchant_reference": order.number,
                "description": order.number,
                "items": [
                    {"name": line["name"], "quantity": line["quantity"], "unit_amount": line["price"]}
                    for line in order.lines
                ],
                "return_url": shop.return_url,
                "cancel_url": shop.return_url,
                "metadata": {"order": order.number},
            },
        )

    async def payment(self, payment_id: str) -> dict[str, Any]:
        return await self._call("GET", f"/v1/payments/{payment_id}")

    async def refund(self, order: Order) -> dict[str, Any]:
        """Everything back. A further attempt after a failed one is a new question, with a key of its own."""
        body = {"payment": order.payment_id, "reason": "requested_by_customer"}
        return await self._call("POST", "/v1/refunds", key=f"refund-{order.number}-{order.refund_attempts}", body=body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(
        self, method: str, path: str, *, key: str = "", language: str = "en", body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.configuration.secret_key}", "Accept-Language": language}
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with self._opened().request(
                method, f"{self.configuration.api_base}{path}", json=body, headers=headers, allow_redirects=False
            ) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise CommerceSaidNo({}) from None
        if status >= 300:
            raise CommerceSaidNo(answer if isinstance(answer, dict) else {})
        return answer

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The commerce is reached as it was named: no proxy, no cookies, nothing remembered.
            self._session = aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
