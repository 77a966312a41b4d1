"""A live instance starts only when nothing of the sandbox is left, and nothing is missing. One story per refusal."""

import pytest
from celery.signals import worker_init
from django.core.checks import run_checks
from django.db import OperationalError
from django.test import override_settings

from tests.cast import person
from tools.check import LIVE
from vaultpay import celery, checks
from vaultpay.environment import Environment


@pytest.fixture
def live(settings, monkeypatch, tmp_path):
    """Settings that are fit, in a process that began as a sandbox."""
    for name, value in LIVE.items():
        monkeypatch.setenv(name, value)
    fit = Environment()
    settings.LIVE, settings.SANDBOX, settings.ENV = True, False, fit
    settings.DEBUG = False
    settings.BASE_URL = fit.base_url
    settings.SECRET_KEY = fit.secret_key.get_secret_value()
    settings.API_KEY_SECRET = fit.api_key_secret.get_secret_value().encode()
    settings.WEBHOOK_KEY_SECRET = fit.webhook_key_secret.get_secret_value()
    settings.EMAIL_BACKEND = "events.mail.QueueBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = fit.email_host, fit.email_use_tls
    settings.KEK_FILE = fit.kek_file
    settings.THREE_DS, settings.THREEDS_DIRECTORY_URL = str(fit.three_ds), fit.threeds_directory_url
    settings.STATE_DIR = tmp_path
    settings.VAULTPAY_CLOCK_FILE = None
    monkeypatch.setattr(checks, "_has_address", lambda _name: False)
    monkeypatch.setattr(checks, "_sandbox_is_installed", lambda: False)
    return settings


def refused() -> list[str]:
    return [message.id for message in checks.live_settings_are_fit()]


def test_a_fit_instance_is_not_refused(live) -> None:
    assert refused() == []


def test_a_sandbox_is_never_asked(settings) -> None:
    settings.DEBUG = True
    assert refused() == []


def test_an_installed_sandbox_is_refused(live, monkeypatch) -> None:
    monkeypatch.setattr(checks, "_sandbox_is_installed", lambda: True)
    assert refused() == ["vaultpay.E001"]


def test_the_sandboxs_addresses_are_refused(live, monkeypatch) -> None:
    monkeypatch.setattr(checks, "_has_address", lambda name: name == "test_helper_clock")
    assert refused() == ["vaultpay.E001"]


def test_debug_is_refused(live) -> None:
    live.DEBUG = True
    assert refused() == ["vaultpay.E002"]


@pytest.mark.parametrize("key", ["missing", "short", "a" * 80])
def test_a_missing_short_or_dull_secret_key_is_refused(live, key) -> None:
    live.SECRET_KEY = key
    assert refused() == ["vaultpay.E003"]


@pytest.mark.parametrize("secret", [b"", b"short"])
def test_a_missing_or_short_api_key_secret_is_refused(live, secret) -> None:
    live.API_KEY_SECRET = secret
    assert refused() == ["vaultpay.E004"]


@pytest.mark.parametrize("secret", ["", "not base64!", "c2hvcnQ="])
def test_a_webhook_key_that_is_not_32_bytes_is_refused(live, secret) -> None:
    live.WEBHOOK_KEY_SECRET = secret
    assert refused() == ["vaultpay.E005"]


def test_plain_http_is_refused(live) -> None:
    live.BASE_URL = "http://commerce.example.com"
    assert refused() == ["vaultpay.E006"]


def test_mail_to_the_console_is_refused(live) -> None:
    live.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert refused() == ["vaultpay.E007"]


def test_mail_to_this_machine_is_refused(live) -> None:
    live.EMAIL_HOST = "127.0.0.1"
    assert refused() == ["vaultpay.E007"]


def test_mail_without_tls_is_refused(live) -> None:
    live.EMAIL_USE_TLS = False
    assert refused() == ["vaultpay.E007"]


def test_a_clock_file_is_refused(live, tmp_path) -> None:
    (tmp_path / "clock").write_text("3600")
    assert refused() == ["vaultpay.E008"]


def test_a_clock_file_that_is_only_named_is_refused(live, monkeypatch) -> None:
    monkeypatch.setenv("VAULTPAY_CLOCK_FILE", "/var/lib/elsewhere/clock")
    live.ENV = Environment()
    assert refused() == ["vaultpay.E008"]


def test_settings_of_the_sandbox_are_refused(live, monkeypatch) -> None:
    monkeypatch.setenv("VAULTPAY_MAILBOX_URL", "http://localhost:8003")
    live.ENV = Environment()
    assert refused() == ["vaultpay.E010"]


def test_a_key_file_inside_the_tree_is_refused(live) -> None:
    live.KEK_FILE = live.BASE_DIR / "kek.json"
    assert refused() == ["vaultpay.E011"]


def test_passkeys_from_any_origin_are_refused(live) -> None:
    live.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    assert refused() == ["vaultpay.E012"]


def test_card_numbers_in_clear_to_the_directory_are_refused(live) -> None:
    live.THREE_DS, live.THREEDS_DIRECTORY_URL = "always", "http://directory.example.com/areq"
    assert refused() == ["vaultpay.E013"]
    live.THREE_DS = "off"
    assert refused() == []


def test_evidence_inside_the_tree_or_among_static_files_is_refused(live) -> None:
    live.EVIDENCE_DIR = live.BASE_DIR / "evidence"
    assert refused() == ["vaultpay.E014"]
    live.EVIDENCE_DIR = live.STATIC_ROOT / "evidence"
    assert refused() == ["vaultpay.E014"]


@pytest.mark.django_db
class TestDemoPeople:
    def test_are_refused(self, live) -> None:
        person("Alice")
        assert not checks.no_demo_people_in_live(databases=["default"])

        from accounts.models import User

        User.objects.create_user("hana@demo.example")
        found = checks.no_demo_people_in_live(databases=["default"])
        assert [message.id for message in found] == ["vaultpay.E009"]

    def test_are_welcome_in_a_sandbox(self) -> None:
        from accounts.models import User

        User.objects.create_user("hana@demo.example")
        assert not checks.no_demo_people_in_live(databases=["default"])

    def test_stop_a_process_at_its_door(self, live) -> None:
        from accounts.models import User

        User.objects.create_user("hana@demo.example")
        with pytest.raises(checks.UnfitToRun, match=r"vaultpay\.E009"):
            checks.refuse_if_unfit()


def test_a_worker_whose_database_does_not_answer_is_refused_too(live, monkeypatch) -> None:
    """Celery writes any exception of its signals into the log, and works on; only leaving stops it."""

    def nobody_there(**_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(checks, "run_checks", nobody_there)
    with pytest.raises(SystemExit, match="cannot be asked"):
        worker_init.send(sender=celery.app.WorkController(app=celery.app))


def test_each_refusal_says_what_to_do(live, monkeypatch) -> None:
    with override_settings(DEBUG=True, SECRET_KEY="short", BASE_URL="http://x.example", EMAIL_USE_TLS=False):
        for message in run_checks():
            if message.id and message.id.startswith("vaultpay."):
                assert message.hint
