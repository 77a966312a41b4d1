"""What the sandbox's small web programs share: pages in two languages, headers, and no visitors from elsewhere.

Each sentence stands in the template in both languages, side by side (`say("Cart", "カート")`): these programs play the
outside world, so their words are not part of the product's catalogue.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jinja2
from aiohttp import web
from babel.dates import format_datetime

from common.clock import TOKYO
from common.money import Money

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Stop = Callable[[], Awaitable[None]]
"""What a started server answers with: its own end."""

STATIC: Final = Path(__file__).parent / "static"
LANGUAGES: Final = ("ja", "en")
TOKENS: Final = Path(__file__).parent.parent / "static" / "css" / "tokens.css"
"""The product's design tokens: the mailbox and the network's book wear its look, the shops wear their own."""
_COOKIE: Final = "sandbox_language"
_LOOPBACK_NAMES: Final = {"127.0.0.1", "localhost", "[::1]"}

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: web.Request) -> str:
    """What the reader chose, or else what the browser prefers; English when it wants neither."""
    chosen = request.query.get("language") or request.cookies.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = []
    for part in request.headers.get("Accept-Language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.lower()[:2]))
        except ValueError:
            continue
    wanted.sort(key=lambda pair: -pair[0])
    return next((tag for _, tag in wanted if tag in LANGUAGES), "en")


def page(request: web.Request, template: str, *, status: int = 200, **facts: Any) -> web.Response:
    language = language_of(request)

    def say(english: str, japanese: str, **places: Any) -> str:
        return (japanese if language == "ja" else english).format(**places)

    def when(at: datetime) -> str:
        pattern = "y年M月d日 HH:mm:ss" if language == "ja" else "d MMM y, HH:mm:ss"
        return format_datetime(at.astimezone(TOKYO), pattern, locale=language)

    text = _environment.get_template(template).render(
        **facts, say=say, when=when, money=Money, language=language, path=request.path
    )
    return web.Response(text=text, content_type="text/html", status=status)


def program(
    *, csp: Mapping[str, str] | None = None, loopback_only: bool = False, open_to_others: Collection[str] = ()
) -> web.Application:
    """An application with our headers. `csp` adds to or replaces directives of the strict policy.

    A form from another site is refused, but at the paths `open_to_others`.

    With `loopback_only`, a request whose Host is no loopback name is refused, so that a page elsewhere on the web
    cannot read us through a name of its own that leads to 127.0.0.1.
    """
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        **(csp or {}),
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if request.query.get("language") in LANGUAGES:
            response.set_cookie(_COOKIE, request.query["language"], max_age=31_536_000, httponly=True, samesite="Lax")

    @web.middleware
    async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
        if loopback_only and request.host.rpartition(":")[0] not in _LOOPBACK_NAMES and request.host != "localhost":
            raise web.HTTPMisdirectedRequest(text="This program answers on this machine only.")
        is_open = request.method in {"GET", "HEAD"} or request.path in open_to_others
        if not is_open and not _comes_from_own_page(request):
            raise web.HTTPForbidden(text="This form was sent from another site.")
        return await handler(request)

    application = web.Application(middlewares=[only_from_here], client_max_size=256 * 1024)
    application.on_response_prepare.append(add_headers)
    application.router.add_static("/static/", STATIC)
    application.router.add_get("/tokens.css", _tokens)
    application.router.add_get("/healthz", _healthz)
    return application


async def serve_until_told(*servers: Callable[[], Awaitable[Stop]]) -> None:
    """Start all, wait for SIGTERM or Ctrl-C, stop all. When one cannot start, those before it are stopped again."""
    enough = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, enough.set)
    async with AsyncExitStack() as running:
        for start in servers:
            running.push_async_callback(await start())
        await enough.wait()


async def listen(application: web.Application, port: int) -> Stop:
    """Serve HTTP on 127.0.0.1; the answer stops it."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner.cleanup


def set_up_logging(name: str) -> None:
    logging.basicConfig(level=logging.INFO, format=f"{name}: %(message)s")
    # The SMTP library tells every line of every conversation, addresses included.
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def _comes_from_own_page(request: web.Request) -> bool:
    """Browsers say where a form comes from; programs (webhooks, scripts) say nothing and carry no cookies."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


async def _tokens(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(TOKENS)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
