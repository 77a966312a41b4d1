"""What `make check` looks at too, so that a red test says it before CI does."""

import re
import tomllib

import pytest

from tools import docs, rules
from vaultpay.environment import ROOT


def test_no_template_holds_code_that_our_policy_would_silence() -> None:
    assert not list(rules.inline_code())


def test_vendored_files_are_those_that_were_recorded() -> None:
    assert not list(rules.vendored())


def test_every_sentence_is_japanese_too_with_the_same_places() -> None:
    assert not list(rules.untranslated())


@pytest.mark.parametrize("page", docs.PAGES, ids=lambda page: page.name)
def test_pages_made_from_code_are_current(page) -> None:
    assert page.read_text() == docs.made(page), "run make docs"


def test_every_refusal_has_a_code_of_its_own_room_and_a_sentence() -> None:
    seen: dict[str, str] = {}
    for refusal in docs.refusals():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", refusal.code), refusal
        room = refusal.__module__.partition(".")[0]
        assert seen.setdefault(refusal.code, room) == room, f"{refusal.code} is said by {seen[refusal.code]} and {room}"


def test_both_lock_files_hold_the_same_versions() -> None:
    def versions(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))

    runs, develops = versions("requirements.txt"), versions("requirements-dev.txt")
    assert {name: develops.get(name) for name in runs} == runs


def test_every_library_that_is_asked_for_is_locked_and_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (ROOT / "docs/decisions/0002-libraries.md").read_text().lower()
    lock = (ROOT / "requirements.txt").read_text()
    for asked in project["dependencies"]:
        name = re.split(r"[\[>=<]", asked)[0]
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), f"{name} is not locked: make lock"
        spoken = {name, name.removeprefix("django-"), name.replace("psycopg", "psycopg 3")}
        assert any(word in reasons for word in spoken), f"{name} has no reason in docs/decisions/0002-libraries.md"
