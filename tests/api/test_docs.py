"""The pages below /docs: whole in both languages, and nothing in them that the API does not know."""

import re

import pytest

from api.docs.reference import codes, resource_of, resources
from api.openapi import operations
from api.templatetags.docs import FOLDER
from vaultpay.environment import ROOT
from webhooks.states import EVENT_TYPES

pytestmark = pytest.mark.django_db

GUIDES = ("", "errors", "idempotency", "webhooks", "campaigns", "conversions", "test-cards", "versions")
PAGES = ROOT / "templates/docs"


def read(client, page, language="en"):
    answer = client.get(f"/docs/{page}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("page", [*GUIDES, *(f"reference/{name}" for name in resources())])
def test_is_there_in_both_languages_and_asks_nobody_else(client, page):
    english, japanese = read(client, page), read(client, page, "ja")
    assert re.search("[ぁ-ん]", japanese.partition("<main")[2])
    assert not re.search("[ぁ-ん]", english.partition("<main")[2].partition("</main>")[0])
    for text in (english, japanese):
        assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize("page", [file.name for file in (PAGES / "en").glob("*.html")])
def test_both_languages_have_the_same_parts_and_samples(page):
    english, japanese = ((PAGES / language / page).read_text() for language in ("en", "ja"))
    for part in (r'id="([\w-]+)"', r"{% sample \"(.+?)\" %}", r"{% (?:url|include) '(.+?)'", r"export \w+"):
        assert re.findall(part, english) == re.findall(part, japanese), part


def test_every_call_and_every_code_has_its_place(client):
    for name in resources():
        text = read(client, f"reference/{name}")
        assert all(f'id="{call.id}"' in text for call in operations() if call.tag == name)
    errors = read(client, "errors")
    assert all(f'id="{code}"' in errors for code, _status, _calls in codes("en"))
    assert all(kind in read(client, "webhooks") for kind in EVENT_TYPES)


def test_members_of_members_are_shown_too():
    names = {row.name for thing in resource_of("payments", "en").things for row in thing.rows}
    assert {"amount", "items[].quantity", "latest_authorization.decline_code", "card.last4"} <= names


def test_a_resource_that_is_none_is_not_there(client):
    assert client.get("/docs/reference/nothing").status_code == 404


def test_every_sample_stands_on_a_page():
    shown = set(re.findall(r"{% sample \"(.+?)\" %}", "".join(file.read_text() for file in PAGES.rglob("*.html"))))
    assert shown == {file.name for file in FOLDER.iterdir()}
