"""Somebody at a browser: what they do on the pages, and what must be true of every page that they come by."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, CDPSession, Request, expect

from tests.outside import Customer, Outside

AXE: Final = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text()
WAITS: Final = 15_000
"""Milliseconds. A page that takes longer on a busy machine is a page that nobody waits for."""

AUTHENTICATOR: Final = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Visitor:
    """One browser profile with one tab, in one language. Everything that goes wrong behind the page is written down."""

    def __init__(self, context: BrowserContext, outside: Outside, *, language: str) -> None:
        self.context = context
        self.outside = outside
        self.language = language
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        """Statuses of 400 and above that the story is about; the browser's console mentions each."""
        self.page = context.new_page()
        self.page.set_default_timeout(WAITS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._see)
        self.devices: CDPSession = context.new_cdp_session(self.page)

    # --- What is written down -----------------------------------------------------------------------------------------

    def _hear(self, message: Any) -> None:
        if message.type not in {"error", "warning"}:
            return
        if any(f"status of {status} " in message.text for status in self.expected):
            return
        self.complaints.append(f"{self.page.url}: {message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        """What a page asks for comes from where the page itself came from. A link may lead to a neighbour."""
        demo = self.outside.demo
        neighbours = {_origin(url) for url in (self.outside.base_url, demo["issuer_url"], *demo["shop_urls"])}
        target = _origin(request.url)
        at_home = target in neighbours if request.is_navigation_request() else target == _origin(request.frame.url)
        if not at_home and not request.url.startswith(("data:", "blob:")):
            self.complaints.append(f"{request.frame.url} asks {request.url}")

    def page_is_sound(self) -> None:
        """Nothing that axe calls serious, nothing wider than the window, and the right language."""
        page = self.page
        if "axe" not in page.evaluate("Object.keys(globalThis).filter(name => name === 'axe')"):
            # Runs in the page's world without a script element, so the page's own policy stays as it is.
            page.evaluate(AXE)
        # axe's preloading would write copies of our style sheets into the page, against the page's policy.
        found = page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations'], preload: false})).violations"
            ".filter(one => ['serious', 'critical'].includes(one.impact))"
            ".map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))}`)"
        )
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert not found, f"{page.url}: {found}"
        assert too_wide <= 0, f"{page.url} is {too_wide} px wider than the window"
        spoken = page.get_attribute("html", "lang")
        assert spoken == self.language, f"{page.url} is in {spoken}, not in {self.language}"

    # --- What they do -------------------------------------------------------------------------------------------------

    def go(self, path: str) -> int:
        """The status of the page that they end on."""
        answer = self.page.goto(path if path.startswith("http") else f"{self.outside.base_url}{path}")
        return answer.status

    def bring_a_device(self) -> str:
        """A phone or laptop with a fingerprint reader: keeps passkeys, and always recognises its owner."""
        self.devices.send("WebAuthn.enable", {"enableUI": False})
        return self.devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def carry(self, session_key: str) -> None:
        """Be signed in already."""
        self.context.add_cookies([{"name": "session", "value": session_key, "url": self.outside.base_url}])

    def buy(self, *, shop: int = 0, slug: str = "hazakura") -> str:
        """Put glasses into the cart and go to the commerce. Returns the payment's id."""
        page = self.page
        page.goto(f"{self.outside.shop_url(shop)}/glasses/{slug}")
        page.click("form[action='/cart/add'] button")
        page.click("a[href='/checkout']")
        page.click("form[action='/checkout'] button")
        page.wait_for_url("**/pay/pay_*")
        return urlsplit(page.url).path.rpartition("/")[2]

    def sign_in_by_code(self, email: str) -> None:
        """From the sign-in page, with the code from the mail."""
        before = self.outside.codes_so_far(email)
        self.page.fill("form[action='/sign-in'] input[name=email]", email)
        self.page.click("form[action='/sign-in'] button")
        self.enter_code(email, before=before)

    def enter_code(self, email: str, *, before: int) -> None:
        self.page.wait_for_selector("input[name=code]")
        self.page.fill("input[name=code]", self.outside.code_sent_to(email, before=before))
        with self.page.expect_navigation():
            self.page.click("button[value=verify]")

    def add_card(self, number: str, *, code: str = "123", name: str = "A CUSTOMER") -> None:
        """Type a card on the page where it is sealed."""
        self.page.wait_for_selector("[data-fields]:not([hidden])")
        self.page.type("[data-part=number]", number)
        self.page.type("[data-part=expiry]", "1231")
        self.page.fill("[data-part=code]", code)
        self.page.fill("[data-part=name]", name)
        with self.page.expect_navigation():
            self.page.click("form[data-card-form] .button-row button")

    def make_payment_passkey(self, *, way: str = "device") -> None:
        with self.page.expect_navigation():
            self.page.click(f"[data-make={way}]")

    def approve(self, *, way: str = "device") -> None:
        with self.page.expect_navigation(url="**/done", timeout=40_000):
            self.page.click(f"[data-approve={way}]")

    def return_to_the_shop(self) -> str:
        """Follow the link back. Returns the state that the shop shows."""
        shop = self.page.get_attribute(".outcome .button-main", "href")
        assert any(shop.startswith(url) for url in self.outside.demo["shop_urls"]), shop
        self.page.click(".outcome .button-main")
        self.page.wait_for_url("**/orders/*")
        return self.page.get_attribute("[data-state]", "data-state")

    def what_is_there(self) -> str:
        """For a story that failed: what a person would have seen says more than the trace."""
        return f"{self.page.url}\n{self.page.inner_text('body')}\n{self.complaints}"

    def sees(self, text: str) -> None:
        expect(self.page.locator("main").first).to_contain_text(text, timeout=WAITS)


@contextmanager
def at_a_browser(browser: Any, outside: Outside, *, language: str = "en", **more: Any) -> Iterator[Visitor]:
    """A fresh profile; when it is left, nothing may have gone wrong behind its pages."""
    settings = {"locale": {"ja": "ja-JP", "en": "en-GB"}[language], "timezone_id": "Asia/Tokyo"}
    settings |= {"viewport": {"width": 360, "height": 780}, "extra_http_headers": {"Accept-Language": language}}
    context = browser.new_context(**settings | more)
    try:
        visitor = Visitor(context, outside, language=language)
        yield visitor
        assert not visitor.complaints, "\n".join(visitor.complaints)
    finally:
        context.close()


def with_passkey(outside: Outside, visitor: Visitor, customer: Customer) -> None:
    """Sign in without the ceremony of it, and register this browser's device as a payment passkey."""
    visitor.bring_a_device()
    visitor.carry(outside.session_of(customer.email))
    visitor.go("/security/passkeys/add")
    visitor.make_payment_passkey()
    visitor.page.wait_for_url("**/security")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
