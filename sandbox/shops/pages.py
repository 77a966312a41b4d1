"""A shop's pages. They need no script, ask for nothing personal, and believe only what the commerce tells them."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from common import clock
from sandbox.shops.catalogue import Product, ShopFront
from sandbox.shops.configuration import ShopConfiguration
from sandbox.shops.orders import Order, Orders
from sandbox.web import language_of, page, program
from vaultpay_client import Commerce, Item, NotFromTheCommerce, Payment, Problem, Refund, VaultPayError, verify_webhook

log = logging.getLogger(__name__)

_MOST_OF_ONE: Final = 9
_ATTEMPTS: Final = 2
"""A buyer waits at the page: asked again once, and no more."""
_LOOKS: Final = 6
"""How often the return page looks again while the payment is on its way, half a second apart."""


@dataclass(frozen=True, slots=True)
class Shop:
    configuration: ShopConfiguration
    orders: Orders
    commerce: Commerce

    @property
    def front(self) -> ShopFront:
        return self.configuration.front


SHOP: Final = web.AppKey("shop", Shop)


def shop_pages(configuration: ShopConfiguration) -> web.Application:
    address = urlsplit(configuration.api_base)
    # The checkout form is answered with a redirect to the commerce, and browsers hold a form's redirects to this list.
    application = program(csp={"form-action": f"'self' {address.scheme}://{address.netloc}"})
    commerce = Commerce(configuration.api_base, configuration.secret_key, attempts=_ATTEMPTS)
    application[SHOP] = Shop(configuration, Orders(configuration.state_dir / "orders.json"), commerce)
    application.on_cleanup.append(_close)
    application.router.add_get("/", _home)
    application.router.add_get("/glasses/{slug}", _product)
    application.router.add_get("/cart", _cart)
    application.router.add_post("/cart/add", _add)
    application.router.add_post("/cart/remove", _remove)
    application.router.add_get("/checkout", _checkout)
    application.router.add_post("/checkout", _pay)
    application.router.add_get("/return", _return)
    application.router.add_get("/orders/{token}", _order)
    application.router.add_get("/backoffice", _backoffice)
    application.router.add_post("/backoffice/{number}/refund", _refund)
    application.router.add_post("/webhooks", _webhook)
    return application


async def _close(application: web.Application) -> None:
    application[SHOP].commerce.close()


# Looking


async def _home(request: web.Request) -> web.Response:
    return _page(request, "home.html", own=True)


async def _product(request: web.Request) -> web.Response:
    product = request.app[SHOP].front.product(request.match_info["slug"])
    if product is None:
        raise web.HTTPNotFound(text="There are no such glasses.")
    return _page(request, "product.html", own=True, product=product)


async def _cart(request: web.Request) -> web.Response:
    return _page(request, "cart.html")


async def _add(request: web.Request) -> web.Response:
    form, cart = await request.post(), _in_cart(request)
    product = request.app[SHOP].front.product(str(form.get("slug", "")))
    if product is None:
        raise web.HTTPNotFound(text="There are no such glasses.")
    cart[product.slug] = min(cart.get(product.slug, 0) + 1, _MOST_OF_ONE)
    return _with_cart(request, cart, "/cart")


async def _remove(request: web.Request) -> web.Response:
    form, cart = await request.post(), _in_cart(request)
    cart.pop(str(form.get("slug", "")), None)
    return _with_cart(request, cart, "/cart")


# Buying


async def _checkout(request: web.Request) -> web.Response:
    if not _in_cart(request):
        raise web.HTTPSeeOther("/cart")
    return _page(request, "checkout.html")


async def _pay(request: web.Request) -> web.Response:
    """Place the order, ask the commerce for a payment, and send the buyer there."""
    shop, cart, language = request.app[SHOP], _in_cart(request), language_of(request)
    if not cart:
        raise web.HTTPSeeOther("/cart")
    lines = [_line(product, quantity, language) for product, quantity in _products(shop.front, cart)]
    order = shop.orders.place(lines, prefix=_initials(shop.front), now=clock.now())
    try:
        payment = await asyncio.to_thread(_ask_for_payment, shop, order, language)
    except VaultPayError as no:
        log.warning("no payment for %s: %s", order.number, no)
        return _page(request, "sorry.html", status=502, problem=_said(no))
    order.payment_id, order.checkout_url = payment.id, payment.checkout_url or ""
    order.take_over(payment)
    shop.orders.keep()
    return _with_cart(request, {}, order.checkout_url)


async def _return(request: web.Request) -> web.Response:
    """The buyer is back. What stands in the address proves nothing: the payment is read from the commerce."""
    shop = request.app[SHOP]
    order = shop.orders.of_payment(request.query.get("payment", ""))
    if order is None:
        raise web.HTTPNotFound(text="There is no such order.")
    for _ in range(_LOOKS):
        await _look(shop, order)
        if order.shown_as != "checking":
            break
        await asyncio.sleep(0.5)
    raise web.HTTPSeeOther(f"/orders/{order.token}")


async def _order(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    order = shop.orders.behind(request.match_info["token"])
    if order is None:
        raise web.HTTPNotFound(text="There is no such order.")
    if order.shown_as in {"waiting", "checking", "refunding"}:
        await _look(shop, order)
    return _page(request, "order.html", order=order, placed_at=datetime.fromisoformat(order.placed_at))


# Behind the counter


async def _backoffice(request: web.Request) -> web.Response:
    orders = request.app[SHOP].orders.newest_first()
    placed = {order.number: datetime.fromisoformat(order.placed_at) for order in orders}
    return _page(request, "backoffice.html", orders=orders[:100], placed=placed, said_no=None)


async def _refund(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    order = shop.orders.numbered(request.match_info["number"])
    if order is None:
        raise web.HTTPNotFound(text="There is no such order.")
    try:
        refund = await asyncio.to_thread(_give_back, shop, order)
    except VaultPayError as no:
        orders = shop.orders.newest_first()
        placed = {each.number: datetime.fromisoformat(each.placed_at) for each in orders}
        return _page(request, "backoffice.html", status=502, orders=orders[:100], placed=placed, said_no=_said(no))
    _note_refund(order, refund.status)
    await _look(shop, order)
    raise web.HTTPSeeOther("/backoffice")


async def _webhook(request: web.Request) -> web.Response:
    """Verified over the raw body. Then the payment is read from the commerce, so it may arrive in any order."""
    shop, body = request.app[SHOP], await request.read()
    try:
        event = verify_webhook(shop.configuration.webhook_secret, headers=request.headers, body=body)
    except NotFromTheCommerce as no:
        raise web.HTTPBadRequest(text=f"This webhook is not from the commerce: {no}.") from None
    is_refund = event.type.startswith("refund.")
    order = shop.orders.of_payment(str(event.data.get("payment" if is_refund else "id", "")))
    if order is not None and not shop.orders.has_heard(event.id):
        if is_refund:
            _note_refund(order, str(event.data.get("status", "")))
        if not await _look(shop, order):
            raise web.HTTPServiceUnavailable(text="The payment could not be read; please tell me again.")
        shop.orders.remember(event.id)
    return web.Response(status=204)


# What the above have in common


async def _look(shop: Shop, order: Order) -> bool:
    """Ask the commerce how the order's payment stands; False when it could not be asked."""
    if not order.payment_id:
        return True
    try:
        order.take_over(await asyncio.to_thread(shop.commerce.payments.retrieve, order.payment_id))
    except VaultPayError as no:
        log.warning("payment of %s not read: %s", order.number, no)
        return False
    shop.orders.keep()
    return True


def _ask_for_payment(shop: Shop, order: Order, language: str) -> Payment:
    """Asked again for the same order, it is the same payment: the order's number is the merchant reference."""
    return shop.commerce.in_language(language).payments.create(
        amount=order.amount,
        merchant_reference=order.number,
        description=order.number,
        items=[_item(line) for line in order.lines],
        return_url=shop.configuration.return_url,
        cancel_url=shop.configuration.return_url,
        metadata={"order": order.number},
    )


def _item(line: dict[str, Any]) -> Item:
    item = Item(name=line["name"], quantity=line["quantity"], unit_amount=line["price"])
    if "kind" in line:  # an order that was kept before is asked for again as it was
        item |= {"sku": line["slug"], "category": line["kind"]}
    return item


def _give_back(shop: Shop, order: Order) -> Refund:
    """Everything. A further attempt after a failed one is a new question, with a key of its own."""
    return shop.commerce.refunds.create(
        payment=order.payment_id,
        reason="requested_by_customer",
        idempotency_key=f"refund-{order.number}-{order.refund_attempts}",
    )


def _said(no: VaultPayError) -> dict[str, str]:
    """What the commerce said for people to read; nothing when it was silent."""
    if isinstance(no, Problem):
        return {"title": no.title, "detail": no.detail, "request_id": no.request_id}
    return {}


def _note_refund(order: Order, status: str) -> None:
    # A late "pending" must not hide an outcome that is known already.
    if status != "pending" or order.refund_status in {"", "failed"}:
        if status == "failed" and order.refund_status != "failed":
            order.refund_attempts += 1
        order.refund_status = status


def _page(request: web.Request, template: str, *, own: bool = False, status: int = 200, **facts: Any) -> web.Response:
    """One of the shop's own pages, or one that both shops share in the shop's own frame."""
    front, language = request.app[SHOP].front, language_of(request)
    cart = _products(front, _in_cart(request))
    return page(
        request,
        f"shops/{front.slug}/{template}" if own else f"shops/{template}",
        status=status,
        frame=f"shops/{front.slug}/frame.html",
        shop=front,
        shop_name=getattr(front.name, language),
        cart=cart,
        cart_count=sum(quantity for _, quantity in cart),
        cart_total=sum(product.price * quantity for product, quantity in cart),
        word=lambda words: getattr(words, language),
        **facts,
    )


def _in_cart(request: web.Request) -> dict[str, int]:
    """What the cookie says, as far as it makes sense: prices come from the catalogue, never from it."""
    front, found = request.app[SHOP].front, {}
    for part in request.cookies.get(_cookie(front), "").split("."):
        slug, _, quantity = part.partition("-x")
        if front.product(slug) and quantity.isascii() and quantity.isdigit() and 0 < int(quantity) <= _MOST_OF_ONE:
            found[slug] = int(quantity)
    return found


def _with_cart(request: web.Request, cart: dict[str, int], location: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": location})
    name, value = _cookie(request.app[SHOP].front), ".".join(f"{slug}-x{quantity}" for slug, quantity in cart.items())
    if cart:
        response.set_cookie(name, value, httponly=True, samesite="Lax")
    else:
        response.del_cookie(name)
    return response


def _products(front: ShopFront, cart: dict[str, int]) -> list[tuple[Product, int]]:
    return [(product, cart[product.slug]) for product in front.products if product.slug in cart]


def _line(product: Product, quantity: int, language: str) -> dict[str, Any]:
    return {
        "slug": product.slug,
        "kind": product.kind.en,
        "name": getattr(product.name, language),
        "price": product.price,
        "quantity": quantity,
    }


def _cookie(front: ShopFront) -> str:
    return f"{front.slug.replace('-', '_')}_cart"


def _initials(front: ShopFront) -> str:
    return "".join(word[0] for word in front.name.en.replace("-", " ").split()).upper()
