"""The HTTP side of the network host: its book as JSON and as a page, and the switch for scripted faults."""

import asyncio
import json
from typing import Any, Final

from aiohttp import web

from sandbox.network.book import charge_json
from sandbox.network.host import Host
from sandbox.web import page, program

HOST: Final = web.AppKey("host", Host)

_SWITCHES: Final = {"drop_links", "heal"}
_SPANS: Final = {"silence_seconds", "refuse_links_seconds"}


def network_pages(host: Host) -> web.Application:
    application = program(loopback_only=True)
    application[HOST] = host
    application.router.add_get("/", _book_page)
    application.router.add_get("/charges", _charges)
    application.router.add_get("/charges/{reference}", _charge)
    application.router.add_get("/faults", _faults)
    application.router.add_post("/faults", _script_faults)
    return application


async def _charges(request: web.Request) -> web.Response:
    """Newest first. `reference` finds by either side's reference, `state` and `last4` by what they say."""
    rows = _rows(request.app[HOST])
    wanted = {name: request.query[name] for name in ("reference", "state", "last4") if name in request.query}
    if reference := wanted.get("reference"):
        rows = [row for row in rows if reference in {row["reference"], row["our_reference"]}]
    if state := wanted.get("state"):
        rows = [row for row in rows if row["state"] == state]
    if last4 := wanted.get("last4"):
        rows = [row for row in rows if row["card"]["last4"] == last4]
    data = [row for row in rows if row["amount"]]
    verifications = [row for row in rows if not row["amount"]]
    return web.json_response({"object": "list", "data": data, "verifications": verifications})


async def _charge(request: web.Request) -> web.Response:
    reference = request.match_info["reference"]
    rows = _rows(request.app[HOST])
    row = next((row for row in rows if reference in {row["reference"], row["our_reference"]}), None)
    if row is None:
        raise web.HTTPNotFound(text="There is no such charge.")
    return web.json_response(row)


async def _book_page(request: web.Request) -> web.Response:
    host, now = request.app[HOST], request.app[HOST].clock()
    charges = [charge for charge in reversed(host.book.charges.values()) if charge.amount][:200]
    claims: dict[str, int] = {}
    for charge in host.book.charges.values():
        claims[charge.currency] = claims.get(charge.currency, 0) + charge.claim(now)
    return page(request, "network.html", charges=charges, claims=claims, now=now, links=_links(host))


async def _faults(request: web.Request) -> web.Response:
    host, now = request.app[HOST], asyncio.get_running_loop().time()
    return web.json_response(
        {
            "links": _links(host),
            "silence_seconds": max(0, round(host.faults.silent_until - now, 1)),
            "refuse_links_seconds": max(0, round(host.faults.refusing_until - now, 1)),
            "heal": host.faults.healed,
        }
    )


async def _script_faults(request: web.Request) -> web.Response:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    try:
        asked = await request.json()
    except json.JSONDecodeError:
        raise web.HTTPBadRequest(text="This is not JSON.") from None
    if not isinstance(asked, dict) or not all(_is_fault(name, value) for name, value in asked.items()):
        raise web.HTTPBadRequest(text=f"Send an object with any of {', '.join(sorted(_SWITCHES | _SPANS))}.")
    host, now = request.app[HOST], asyncio.get_running_loop().time()
    if "silence_seconds" in asked:
        host.faults.silent_until = now + asked["silence_seconds"]
    if "refuse_links_seconds" in asked:
        host.faults.refusing_until = now + asked["refuse_links_seconds"]
    if "heal" in asked:
        host.faults.healed = asked["heal"]
    if asked.get("drop_links"):
        host.drop_links()
    return await _faults(request)


def _rows(host: Host) -> list[dict[str, Any]]:
    now = host.clock()
    return [
        charge_json(charge, now) for charge in reversed(host.book.charges.values()) if charge.stored_state != "lost"
    ]


def _links(host: Host) -> int:
    return sum(link.signed_on for link in host.links)


def _is_fault(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return name in _SWITCHES
    return name in _SPANS and isinstance(value, int | float) and 0 <= value <= 3_600
