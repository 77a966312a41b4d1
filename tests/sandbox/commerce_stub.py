"""A commerce in twenty lines, which the shops' stories script: it answers as the public API is documented to."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.shops.catalogue import KOMOREBI
from sandbox.shops.configuration import ShopConfiguration
from sandbox.shops.pages import SHOP, shop_pages

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class CommerceStub:
    payments: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    """(method, path, idempotency key, body) of each call."""
    down: bool = False
    refund_status: str = "succeeded"

    def moves(self, payment_id, status, **facts):
        payment = self.payments[payment_id]
        payment |= {"status": status, "version": payment["version"] + 1, **facts}

    def pages(self):
        async def answer(request):
            body = await request.json() if request.can_read_body else None
            self.asked.append((request.method, request.path, request.headers.get("Idempotency-Key"), body))
            if self.down:
                return web.json_response({"code": "unavailable", "detail": "Down for now."}, status=503)
            if request.headers.get("Authorization") != "Bearer vp_test_sk_1":
                return web.json_response({"code": "bad_key"}, status=401)
            match request.method, request.path:
                case "POST", "/v1/payments":
                    return web.json_response(self._create(body), status=201)
                case "POST", "/v1/refunds":
                    return web.json_response(self._refund(body), status=201)
                case "GET", path if path.startswith("/v1/payments/"):
                    return web.json_response(self.payments[path.rpartition("/")[2]])
            raise web.HTTPNotFound

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", answer)
        return application

    def _create(self, body):
        payment_id = f"pay_{len(self.payments) + 1:026}"
        self.payments[payment_id] = {
            "id": payment_id, "object": "payment", "status": "requires_approval", "amount": body["amount"],
            "currency": "JPY", "merchant_reference": body["merchant_reference"], "created_at": "2026-11-22T03:00:00Z",
            "amount_refunded": 0, "points_redeemed": 0, "card": None, "version": 1,
            "checkout_url": f"http://commerce.test/pay/{payment_id}",
        }  # fmt: skip
        return self.payments[payment_id]

    def _refund(self, body):
        payment = self.payments[body["payment"]]
        if self.refund_status != "failed":
            self.moves(payment["id"], "captured", amount_refunded=payment["amount"])
        return {
            "id": "ref_1", "object": "refund", "payment": payment["id"], "status": self.refund_status,
            "amount": payment["amount"], "currency": "JPY", "created_at": "2026-11-22T03:00:00Z",
        }  # fmt: skip


def signed(body, *, webhook_id="evt_1", secret=SECRET, at=None):
    """The headers of a webhook, signed by hand; a second signature of a kind the library does not know rides along."""
    at = str(int(time.time()) if at is None else at)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{webhook_id}.{at}.".encode() + body, hashlib.sha256)
    v1 = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": webhook_id, "webhook-timestamp": at, "webhook-signature": f"v1a,AAAA {v1}"}


@dataclass
class OpenShop:
    client: TestClient
    commerce: CommerceStub

    @property
    def orders(self):
        return self.client.app[SHOP].orders.newest_first()

    async def get(self, path, **options):
        return await self.client.get(path, **options)

    async def text(self, path, language="en"):
        return await (await self.client.get(path, headers={"Accept-Language": language})).text()

    async def post(self, path, **options):
        return await self.client.post(path, allow_redirects=False, **options)

    async def buys(self, slug="hazakura"):
        """Put one pair into the cart and go to the commerce; the answer to the checkout form."""
        await self.post("/cart/add", data={"slug": slug})
        return await self.post("/checkout", data={"way": "commerce"})

    async def is_told(self, event_type, data, *, headers=None, webhook_id="evt_1"):
        body = json.dumps({"type": event_type, "timestamp": "2026-11-22T03:00:00Z", "data": data}).encode()
        return await self.post("/webhooks", data=body, headers=headers or signed(body, webhook_id=webhook_id))


@asynccontextmanager
async def opened(folder, front=KOMOREBI, commerce=None):
    commerce = commerce or CommerceStub()
    async with TestServer(commerce.pages()) as server:
        configuration = ShopConfiguration(
            front=front, port=0, base_url="http://shop.test", api_base=str(server.make_url("/")).rstrip("/"),
            secret_key="vp_test_sk_1", webhook_secret=SECRET, return_url="http://shop.test/return", state_dir=folder,
        )  # fmt: skip
        async with TestClient(TestServer(shop_pages(configuration))) as client:
            yield OpenShop(client, commerce)
