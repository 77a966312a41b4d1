"""Documents lead where they say, and speak to every reader: no dead link, no path of one machine, nothing put off."""

import re
from pathlib import Path

import pytest

from vaultpay.environment import ROOT

PAGES = sorted(
    page
    for page in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("*/README.md"),
        *ROOT.glob("deploy/**/*.md"),
    ]
    if not page.relative_to(ROOT).parts[0].startswith(".")
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = ("https://", "http://", "mailto:")
OF_ONE_MACHINE = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|tmp|private)/[\w.-]+")

named = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


@named
def test_every_relative_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if target.startswith(ELSEWHERE):
            continue
        path, _hash, heading = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} is not there"
        assert found.is_relative_to(ROOT), f"{target} lies outside of the project"
        if heading:
            assert heading in headings(found), f"{target}: no such heading"


@named
def test_no_page_names_a_folder_of_somebodys_machine(page: Path) -> None:
    assert not OF_ONE_MACHINE.findall(page.read_text())


@named
def test_no_page_puts_something_off(page: Path) -> None:
    assert not re.findall(r"\b(?:TODO|FIXME|TBD|XXX)\b", page.read_text())


@named
def test_every_page_begins_with_one_title(page: Path) -> None:
    titles = re.findall(r"^# .+$", prose(page), re.MULTILINE)
    assert len(titles) == 1
    assert page.read_text().startswith(titles[0])


def prose(page: Path) -> str:
    """The page without its blocks of code, in which brackets mean other things."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def headings(page: Path) -> set[str]:
    """As links name them: lower case, punctuation gone, a hyphen for each space."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", text).lower()).strip().replace(" ", "-") for text in found}
