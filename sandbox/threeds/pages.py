"""The HTTP side: messages of the directory as JSON, and the issuer's page, which works without a script.

POST /directory            AReq → ARes
POST /acs/challenge        the browser arrives with a CReq
POST /acs/answer           the customer answers; the result goes to the commerce, and the way back is shown
GET  /transactions[/{id}]  what was asked, for stories and for the curious
"""

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from common.json import UnreadableJson, read_strict
from sandbox.threeds.behaviours import Ending
from sandbox.threeds.issuer import Issuer, Transaction
from sandbox.threeds.messages import Refused, error_message, read_challenge_request
from sandbox.web import page, program

ISSUER: Final = web.AppKey("issuer", Issuer)
LONGER_THAN_ANYBODY_WAITS: Final = 60
_LONGEST_SESSION_DATA: Final = 1_024


def threeds_pages(issuer: Issuer) -> web.Application:
    # A customer arrives from the commerce's page with a form: the one form that may come from elsewhere.
    application = program(loopback_only=True, open_to_others={"/acs/challenge"})
    application[ISSUER] = issuer
    application.router.add_get("/", _book)
    application.router.add_post("/directory", _directory)
    application.router.add_post("/acs/challenge", _challenge)
    application.router.add_post("/acs/answer", _answer)
    application.router.add_get("/transactions", _transactions)
    application.router.add_get("/transactions/{reference}", _transaction)
    return application


async def _directory(request: web.Request) -> web.Response:
    asked: object = None
    try:
        asked = read_strict(await request.read())
        answer = await request.app[ISSUER].answer(asked)
    except UnreadableJson:
        return web.json_response(error_message(Refused("203", "message"), about=None), status=400)
    except Refused as refused:
        return web.json_response(error_message(refused, about=asked))
    if answer is None:
        await asyncio.sleep(LONGER_THAN_ANYBODY_WAITS)
        raise web.HTTPGatewayTimeout
    return web.json_response(answer)


async def _challenge(request: web.Request) -> web.Response:
    form = await request.post()
    try:
        asked = read_challenge_request(str(form.get("creq", "")))
    except (ValueError, json.JSONDecodeError):
        raise web.HTTPBadRequest(text="This is no challenge request.") from None
    transaction = request.app[ISSUER].transactions.get(str(asked.get("acsTransID")))
    if transaction is None or transaction.server_id != asked.get("threeDSServerTransID"):
        raise web.HTTPNotFound(text="This issuer asked nobody to come here.")
    transaction.opened += 1
    transaction.session_data = str(form.get("threeDSSessionData", ""))[:_LONGEST_SESSION_DATA]
    if not transaction.waits:
        return _back(request, transaction)
    return page(request, "threeds_challenge.html", transaction=transaction, Ending=Ending)


async def _answer(request: web.Request) -> web.Response:
    form, issuer = await request.post(), request.app[ISSUER]
    transaction = issuer.transactions.get(str(form.get("transaction", "")))
    answered = str(form.get("answer", ""))
    if transaction is None or answered not in {"pass", "fail", "cancel"}:
        raise web.HTTPNotFound(text="This issuer asked nobody to come here.")
    await issuer.conclude(transaction, answered)
    return _back(request, transaction)


def _back(request: web.Request, transaction: Transaction) -> web.Response:
    """The way back: a form with the CRes, which the policy lets go to the commerce's own origin only."""
    parts = urlsplit(transaction.return_url)
    where = f"{parts.scheme}://{parts.netloc}"
    shown = page(
        request,
        "threeds_back.html",
        transaction=transaction,
        cres=request.app[ISSUER].way_back(transaction),
        where=where,
    )
    shown.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {where}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return shown


async def _book(request: web.Request) -> web.Response:
    rows = list(reversed(request.app[ISSUER].transactions.values()))[:200]
    return page(request, "threeds.html", transactions=rows)


async def _transactions(request: web.Request) -> web.Response:
    rows: list[dict[str, Any]] = [row.as_json() for row in reversed(request.app[ISSUER].transactions.values())]
    return web.json_response({"object": "list", "data": rows})


async def _transaction(request: web.Request) -> web.Response:
    reference = request.match_info["reference"]
    for row in request.app[ISSUER].transactions.values():
        if reference in {row.server_id, row.acs_id}:
            return web.json_response(row.as_json())
    raise web.HTTPNotFound(text="There is no such transaction.")
