"""Mails wait in the database and leave by SMTP; the server is played."""

import smtplib
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.core.validators import validate_email

from events import services as events
from events.gateways.smtp import MailNotSent, MailRefused
from events.models import OutgoingMail
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)


class PlayedServer:
    def __init__(self):
        self.took, self.is_down, self.answers = [], False, {}

    @contextmanager
    def open(self):
        if self.is_down:
            raise MailNotSent("ConnectionRefusedError")
        yield self.take

    def take(self, message):
        if answer := self.answers.get(message.to[0]):
            raise answer
        self.took.append(message)


@pytest.fixture
def server(monkeypatch):
    played = PlayedServer()
    monkeypatch.setattr(import_module("events.services.send_mails"), "open_smtp", played.open)
    return played


@pytest.fixture
def queue(tmp_path, settings):
    """Queue a mail from a template of its own."""
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/hello.subject.txt").write_text("Hello,\n {{ name }}\n")
    (tmp_path / "mail/hello.txt").write_text("{% load i18n %}{% translate 'Yes' %}, {{ name }} {{ commerce.name }}")
    (tmp_path / "mail/hello.html").write_text("<p>{{ name }}</p>")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

    def queue(to="alice@example.jp", language="ja", at=NOON):
        return events.queue_mail(to=to, template="hello", language=language, context={"name": "<Al>"}, now=at)

    return queue


def send(now=NOON):
    return events.send_mails(now=now)


class TestQueueMail:
    def test_speaks_the_readers_language_and_escapes_html(self, queue, settings):
        mail = queue()
        assert (mail.to, mail.subject) == (["alice@example.jp"], "Hello, &lt;Al&gt;")
        assert mail.text.startswith("はい")
        assert settings.COMMERCE["name"] in mail.text
        assert mail.html == "<p>&lt;Al&gt;</p>"

    def test_is_where_djangos_own_mail_goes(self, settings):
        settings.EMAIL_BACKEND = "events.mail.QueueBackend"
        assert send_mail("Sign-in", "1234-5678", None, ["alice@example.jp"], html_message="<p>1234-5678</p>") == 1
        mail = OutgoingMail.objects.get()
        assert (mail.subject, mail.text, mail.html) == ("Sign-in", "1234-5678", "<p>1234-5678</p>")

    def test_carries_no_attachments(self):
        message = EmailMultiAlternatives("x", "x", to=["alice@example.jp"])
        message.attach("a.txt", "x")
        with pytest.raises(ValueError, match="no attachments"):
            events.queue_raw_mail(message, now=NOON)


class TestSendMails:
    def test_sends_once_and_empties_the_body(self, queue, server):
        mail = queue()
        assert (send(), send(), len(server.took)) == (1, 0, 1)
        message = server.took[0]
        assert message.extra_headers["Message-ID"].startswith(f"<{mail.id}@")
        assert (message.body, message.alternatives[0][0]) == (mail.text, mail.html)
        mail.refresh_from_db()
        assert (mail.text, mail.html, mail.sent_at, mail.subject) == ("", "", NOON, "Hello, &lt;Al&gt;")

    def test_waits_while_the_server_is_down(self, queue, server):
        queue()
        server.is_down = True
        assert (send(), send()) == (1, 0)
        server.is_down = False
        assert (send(NOON + timedelta(minutes=1)), len(server.took)) == (1, 1)

    def test_gives_up_at_once_when_nobody_lives_there(self, queue, server):
        queue(to="nobody@example.jp")
        queue()
        server.answers["nobody@example.jp"] = MailRefused("550")
        send()
        given_up = OutgoingMail.objects.get(to=["nobody@example.jp"])
        assert (given_up.given_up_at, given_up.text, len(server.took)) == (NOON, "", 1)

    def test_tries_the_others_when_one_is_not_taken(self, queue, server):
        queue(to="full@example.jp")
        queue()
        server.answers["full@example.jp"] = MailNotSent("452")
        send()
        assert [message.to for message in server.took] == [["alice@example.jp"]]
        assert OutgoingMail.objects.get(to=["full@example.jp"]).sent_at is None

    @pytest.mark.parametrize("stranger", ['"\x0c\x1cy:2"@mallory.example', f"a@{'é' * 60}.example"])
    def test_an_address_that_no_mail_can_carry_holds_up_nobody_else(self, queue, monkeypatch, stranger):
        validate_email(stranger)  # forms let it in
        mail, _others = queue(to=stranger), queue()
        sent_to = []

        class Server(smtplib.SMTP):
            def connect(self, *_where):
                return 220, b""

            def sendmail(self, sender, to, *_mail, **_options):
                sent_to.extend(to)

        monkeypatch.setattr(smtplib, "SMTP", Server)
        assert send() == 2
        assert sent_to == ["alice@example.jp"]
        mail.refresh_from_db()
        assert (mail.given_up_at, mail.text) == (NOON, "")

    def test_gives_up_after_three_days(self, queue, server):
        queue()
        server.is_down = True
        send(NOON + timedelta(days=3, seconds=1))
        assert OutgoingMail.objects.get().given_up_at

    def test_a_mail_that_another_relay_sends_is_left_alone(self, queue, server):
        queue()
        OutgoingMail.objects.update(not_before=NOON + timedelta(minutes=5))
        assert send() == 0
