"""The HTTP side of the network host: its book as JSON and as a page, and the switch for scripted faults."""

import asyncio
import json
import re
from typing import Any, Final

from aiohttp import web

from sandbox.network.behaviours import FRAUD, Stage, Trouble
from sandbox.network.book import case_json, charge_json
from sandbox.network.host import Host
from sandbox.web import page, program

HOST: Final = web.AppKey("host", Host)

_REASON: Final = re.compile(r"[0-9.]{3,6}")
_SWITCHES: Final = {"drop_links", "heal"}
_SPANS: Final = {"silence_seconds", "refuse_links_seconds"}


def network_pages(host: Host) -> web.Application:
    application = program(loopback_only=True)
    application[HOST] = host
    application.router.add_get("/", _book_page)
    application.router.add_get("/charges", _charges)
    application.router.add_get("/charges/{reference}", _charge)
    application.router.add_post("/cases", _open_case)
    application.router.add_post("/cases/{reference}/close", _close_case)
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


async def _open_case(request: web.Request) -> web.Response:
    """Open a case about a captured charge now: `reference` (either side's), `stage`, `reason`, and perhaps `amount`."""
    asked = await _object(request)
    host = request.app[HOST]
    reference = asked.get("reference")
    charges = host.book.charges.values()
    charge = next((c for c in charges if c.captured and reference in {c.reference, c.our_reference}), None)
    if charge is None:
        raise web.HTTPNotFound(text="There is no such captured charge.")
    stage, reason, amount = asked.get("stage", Stage.CHARGEBACK), asked.get("reason", FRAUD), asked.get("amount")
    if stage not in {Stage.INQUIRY, Stage.CHARGEBACK} or not isinstance(reason, str) or not _REASON.fullmatch(reason):
        raise web.HTTPBadRequest(text="Send a stage (inquiry or chargeback) and a reason code.")
    if amount is not None and (type(amount) is not int or not 0 < amount <= charge.captured):
        raise web.HTTPBadRequest(text="The amount is a whole number, at most what was captured.")
    case = host.cases.open(
        charge, Trouble(stage, 0, reason), amount=charge.captured if amount is None else amount, now=host.clock()
    )
    await host.tell()
    return web.json_response(case_json(case), status=201)


async def _close_case(request: web.Request) -> web.Response:
    """Decide a case now: `outcome` is won, lost, closed (an inquiry) or pre_arbitration (the second stage)."""
    asked = await _object(request)
    host = request.app[HOST]
    case = host.book.cases.get(request.match_info["reference"])
    if case is None:
        raise web.HTTPNotFound(text="There is no such case.")
    if not host.cases.decide(case, str(asked.get("outcome")), now=host.clock()):
        raise web.HTTPConflict(text="The case cannot end like this now.")
    await host.tell()
    return web.json_response(case_json(case))


async def _object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    try:
        asked = await request.json()
    except json.JSONDecodeError:
        raise web.HTTPBadRequest(text="This is not JSON.") from None
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(text="Send an object.")
    return asked


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
    asked = await _object(request)
    if not all(_is_fault(name, value) for name, value in asked.items()):
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
