"""The mailbox's pages and JSON."""

from datetime import datetime
from typing import Final

from aiohttp import web

from sandbox.mailbox.letters import Letter, Letters
from sandbox.web import page, program

LETTERS: Final = web.AppKey("letters", Letters)

# A letter's HTML comes from elsewhere as far as this page knows: it may look like itself and be clicked, no more.
_LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_IN_A_NEW_TAB: Final = '<base target="_blank">'


def mailbox_pages(letters: Letters) -> web.Application:
    application = program(loopback_only=True, csp={"frame-src": "'self'"})
    application[LETTERS] = letters
    application.router.add_get("/", _list_page)
    application.router.add_post("/burn", _burn_page)
    application.router.add_get("/messages", _messages)
    application.router.add_delete("/messages", _burn)
    application.router.add_get("/messages/{id}", _letter_page)
    application.router.add_get("/messages/{id}/html", _letter_html)
    return application


async def _list_page(request: web.Request) -> web.Response:
    wanted = request.query.get("to", "")
    rows = request.app[LETTERS].newest_first(to=wanted)[:100]
    received = {letter.id: datetime.fromisoformat(letter.received_at) for letter in rows}
    return page(request, "mailbox.html", letters=rows, received=received, wanted=wanted)


async def _messages(request: web.Request) -> web.Response:
    rows = request.app[LETTERS].newest_first(to=request.query.get("to", ""))
    return web.json_response([letter.as_json() for letter in rows])


async def _letter_page(request: web.Request) -> web.Response:
    letter = _found(request)
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return web.json_response(letter.as_json())
    return page(request, "letter.html", letter=letter, received=datetime.fromisoformat(letter.received_at))


async def _letter_html(request: web.Request) -> web.Response:
    letter = _found(request)
    headers = {"Content-Security-Policy": _LETTER_POLICY}
    return web.Response(text=_IN_A_NEW_TAB + letter.html, content_type="text/html", headers=headers)


async def _burn(request: web.Request) -> web.Response:
    request.app[LETTERS].burn()
    return web.Response(status=204)


async def _burn_page(request: web.Request) -> web.Response:
    request.app[LETTERS].burn()
    raise web.HTTPSeeOther("/")


def _found(request: web.Request) -> Letter:
    letter = request.app[LETTERS].find(request.match_info["id"])
    if letter is None:
        raise web.HTTPNotFound(text="There is no such message.")
    return letter
