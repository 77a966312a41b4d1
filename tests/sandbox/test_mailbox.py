"""The mailbox takes in what the instance sends, and shows it without doing what it says."""

import asyncio
import smtplib
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.mailbox.letters import KEPT, Letters, read_letter
from sandbox.mailbox.pages import mailbox_pages
from sandbox.mailbox.post import take_in_mail
from tests.sandbox.wire import run

pytestmark = pytest.mark.loopback

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)


def mail(
    to="alice@example.com", subject="Sign-in code", text="Your code:\n\n  A1B2-C3D4\n\nhttps://vp.test/go.", html=""
):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "VaultPay <hello@vp.test>", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def letter(**facts):
    message = mail(**facts)
    return read_letter(message.as_bytes(), recipients=[message["To"]], at=NOON)


@asynccontextmanager
async def opened(letters):
    async with TestClient(TestServer(mailbox_pages(letters))) as client:
        yield client


@pytest.fixture
def letters(tmp_path):
    return Letters(tmp_path)


class TestLetter:
    def test_finds_the_code_and_the_links(self):
        found = letter(html='<a href="https://vp.test/other">go</a><a href="javascript:alert(1)">no</a>')
        assert (found.code, found.links) == ("A1B2-C3D4", ["https://vp.test/go", "https://vp.test/other"])

    @pytest.mark.parametrize(("text", "code"), [("123456", "123456"), ("Hello\nTHANKS\n", None), ("¥1,200 to X", None)])
    def test_knows_a_code_from_a_word(self, text, code):
        assert letter(subject="Hello", text=text).code == code

    def test_reads_japanese(self):
        found = letter(subject="確認コード", text="コードは次のとおりです。\n482913\n")
        assert (found.subject, found.code) == ("確認コード", "482913")

    def test_a_long_subject_begins_with_its_first_letter(self):
        subject = "木漏れ日眼鏡合同会社から¥12,800の返金がありましたのでお知らせします"
        assert letter(subject=subject).subject == subject


class TestLetters:
    def test_survive_a_restart_and_a_torn_line(self, letters, tmp_path):
        letters.add(letter())
        file = tmp_path / "letters.jsonl"
        file.write_text(file.read_text() + '{"id": "torn')
        assert [row.subject for row in Letters(tmp_path).newest_first()] == ["Sign-in code"]

    def test_only_the_newest_are_kept(self, letters, tmp_path):
        for number in range(KEPT + 3):
            letters.add(letter(subject=f"No. {number}"))
        rows = Letters(tmp_path).newest_first()
        assert (len(rows), rows[0].subject, rows[-1].subject) == (KEPT, f"No. {KEPT + 2}", "No. 3")


def test_mail_comes_in_by_smtp(letters):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def send():
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as post:
            post.send_message(mail(subject="お支払いのお知らせ"), to_addrs=["alice@example.com", "bob@example.com"])

    async def story():
        stop = await take_in_mail(letters, port)
        await asyncio.to_thread(send)
        await stop()

    run(story())
    (found,) = letters.newest_first()
    assert (found.subject, found.to) == ("お支払いのお知らせ", ["alice@example.com", "bob@example.com"])


class TestPages:
    def test_messages_are_newest_first_and_filtered(self, letters):
        letters.add(letter(subject="first"))
        letters.add(letter(subject="second"))
        letters.add(letter(subject="for Bob", to="bob@example.com"))

        async def story():
            async with opened(letters) as client:
                rows = await (await client.get("/messages", params={"to": "ALICE@example.com"})).json()
                assert [row["subject"] for row in rows] == ["second", "first"]
                assert set(rows[0]) == {"id", "to", "from", "subject", "text", "html", "links", "received_at", "code"}

        run(story())

    @pytest.mark.parametrize(("language", "words"), [("ja,en;q=0.5", "すべてのメール"), ("en", "All outgoing mail")])
    def test_speaks_the_readers_language(self, letters, language, words):
        async def story():
            async with opened(letters) as client:
                assert words in await (await client.get("/", headers={"Accept-Language": language})).text()

        run(story())

    def test_the_switch_is_remembered(self, letters):
        async def story():
            async with opened(letters) as client:
                await client.get("/?language=ja")
                assert 'lang="ja"' in await (await client.get("/")).text()

        run(story())

    def test_a_letters_html_is_shown_and_does_nothing(self, letters):
        letters.add(letter(subject="<script>alert(1)</script>", html="<script>alert(2)</script><b>Hi</b>"))
        (found,) = letters.newest_first()

        async def story():
            async with opened(letters) as client:
                outside = await client.get(f"/messages/{found.id}", headers={"Accept": "text/html"})
                inside = await client.get(f"/messages/{found.id}/html")
                assert "<script>" not in await outside.text()
                assert "script-src" not in inside.headers["Content-Security-Policy"]
                assert "sandbox allow-popups" in inside.headers["Content-Security-Policy"]

        run(story())

    def test_all_can_be_deleted(self, letters):
        letters.add(letter())

        async def story():
            async with opened(letters) as client:
                assert (await client.delete("/messages")).status == 204
                assert await (await client.get("/messages")).json() == []

        run(story())

    @pytest.mark.parametrize(
        "headers",
        [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}],
    )
    def test_no_other_site_may_write_here(self, letters, headers):
        letters.add(letter())

        async def story():
            async with opened(letters) as client:
                assert (await client.post("/burn", headers=headers)).status in {403, 421}
                assert letters.newest_first()

        run(story())
