"""A real Chromium for these stories, which are skipped without it, or fail if VAULTPAY_REQUIRE_BROWSER is set."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor, at_a_browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def _chromium() -> str:
    found = next((path for name in _NAMES if (path := shutil.which(name))), "")
    if not found and not os.environ.get("VAULTPAY_REQUIRE_BROWSER"):
        pytest.skip("there is no Chromium on this machine (apt install chromium fonts-noto-cjk)")
    assert found, "VAULTPAY_REQUIRE_BROWSER is set, and there is no Chromium"
    return found


@pytest.fixture(scope="module")
def browser(request) -> Iterator[Browser]:
    """One Chromium for a module, started with its `CHROMIUM_FLAGS` if it has any."""
    # Playwright keeps an event loop running in this thread, and Django refuses to touch a database beside one: so it
    # lives as long as one module, and never into the stories of another room.
    flags = ["--no-sandbox", *getattr(request.module, "CHROMIUM_FLAGS", ())]
    chromium = _chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            yield running
        finally:
            running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for visitor in getattr(item, "visitors", ()):
            report.sections.append(("what was on the page", visitor.what_is_there()))
    return report


@pytest.fixture
def visit(request, browser, outside) -> Iterator[Callable[..., Visitor]]:
    """`visit(language="ja")` sits down at a fresh browser; what went wrong behind its pages fails the story."""
    request.node.visitors = []
    with ExitStack() as profiles:

        def sit_down(**settings: Any) -> Visitor:
            visitor = profiles.enter_context(at_a_browser(browser, outside, **settings))
            request.node.visitors.append(visitor)
            return visitor

        yield sit_down
