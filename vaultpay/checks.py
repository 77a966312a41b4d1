"""What a live instance refuses to start with. Each refusal has an id of its own, and says what to do.

`manage.py` commands run these before anything else; the web server and the workers ask `refuse_if_unfit`.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.db import DatabaseError
from django.urls import NoReverseMatch, reverse

from vaultpay.environment import ROOT

_SHORTEST_KEY: Final = 50
_SHORTEST_SECRET: Final = 32
_SANDBOX_ADDRESSES: Final = ("test_helper_clock", "portal:styleguide")
_LOOPBACK: Final = {"", "localhost", "127.0.0.1", "::1"}

LiveCheck = Callable[[], Iterator[CheckMessage]]
_LIVE_CHECKS: list[LiveCheck] = []


class UnfitToRun(SystemExit):
    """Raised at the door of a process; what is wrong is on the standard error."""


def refuse_if_unfit() -> None:
    """For processes that Django's command line does not start. A sandbox is always fit."""
    if not settings.LIVE:
        return
    try:
        found = [message for message in run_checks(databases=["default"]) if message.is_serious()]
    except DatabaseError as error:
        # A worker goes on after any other exception here.
        raise UnfitToRun(f"This live instance does not start: its database cannot be asked ({error}).") from error
    if found:
        raise UnfitToRun("This live instance does not start:\n" + "\n".join(str(message) for message in found))


@register(Tags.security)
def live_settings_are_fit(**_: Any) -> list[CheckMessage]:
    if not settings.LIVE:
        return []
    return [message for check in _LIVE_CHECKS for message in check()]


@register(Tags.database)
def no_demo_people_in_live(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Addresses that can belong to nobody (RFC 2606), and software passkeys, which belong to nobody serious."""
    from accounts.models import PaymentPasskey, User  # noqa: PLC0415 (checks are loaded while the apps are)

    if not settings.LIVE or not databases:
        return []
    demo_people = User.objects.filter(email__iregex=r"[@.]example(\.com|\.net|\.org)?$").exists()
    if demo_people or PaymentPasskey.objects.filter(software=True).exists():
        return [_refuse("E009", "The database holds demo people of a sandbox.", "Begin with a database of its own.")]
    return []


def _live(check: LiveCheck) -> LiveCheck:
    _LIVE_CHECKS.append(check)
    return check


@_live
def _no_sandbox_parts() -> Iterator[CheckMessage]:
    if _sandbox_is_installed() or any(_has_address(name) for name in _SANDBOX_ADDRESSES):
        yield _refuse("E001", "Parts of the sandbox are installed.", "Remove them from INSTALLED_APPS and the URLs.")


@_live
def _no_debug() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield _refuse("E002", "DEBUG shows secrets to strangers.", "Unset VAULTPAY_DEBUG.")


@_live
def _secret_key() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < _SHORTEST_KEY or len(set(settings.SECRET_KEY)) < 10:
        yield _refuse(
            "E003",
            f"VAULTPAY_SECRET_KEY is missing, or shorter than {_SHORTEST_KEY} random characters.",
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(64))'",
        )


@_live
def _api_key_secret() -> Iterator[CheckMessage]:
    if len(settings.API_KEY_SECRET) < _SHORTEST_SECRET:
        yield _refuse(
            "E004",
            f"VAULTPAY_API_KEY_SECRET is missing, or shorter than {_SHORTEST_SECRET} random characters.",
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )


@_live
def _webhook_key_secret() -> Iterator[CheckMessage]:
    try:
        size = len(base64.b64decode(settings.WEBHOOK_KEY_SECRET, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size != 32:
        yield _refuse(
            "E005",
            "VAULTPAY_WEBHOOK_KEY_SECRET is missing, or not 32 bytes in base64.",
            "Make one: python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'",
        )


@_live
def _https() -> Iterator[CheckMessage]:
    if urlsplit(settings.BASE_URL).scheme != "https":
        yield _refuse(
            "E006", f"The base URL {settings.BASE_URL} is not https.", "Set VAULTPAY_BASE_URL to the https origin."
        )


@_live
def _real_mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND != "events.mail.QueueBackend":
        yield _refuse("E007", f"Mail would go to {settings.EMAIL_BACKEND}.", "Leave EMAIL_BACKEND as it is.")
    elif settings.EMAIL_HOST in _LOOPBACK or not settings.EMAIL_USE_TLS:
        yield _refuse(
            "E007",
            "Mail would go to this machine, or without TLS.",
            "Set VAULTPAY_EMAIL_HOST to a real server and VAULTPAY_EMAIL_USE_TLS=true.",
        )


@_live
def _real_clock() -> Iterator[CheckMessage]:
    if settings.VAULTPAY_CLOCK_FILE is not None or settings.ENV.clock_file or (settings.STATE_DIR / "clock").exists():
        yield _refuse(
            "E008", "A file that sets the clock forward is present.", "Remove it, and unset VAULTPAY_CLOCK_FILE."
        )


@_live
def _no_sandbox_settings() -> Iterator[CheckMessage]:
    said = [name for name in ("mailbox_url", "network_url", "shop_urls", "issuer_url") if getattr(settings.ENV, name)]
    if said:
        names = ", ".join(f"VAULTPAY_{name.upper()}" for name in said)
        yield _refuse("E010", f"Settings of the sandbox are set: {names}.", "Unset them.")


@_live
def _key_outside_the_tree() -> Iterator[CheckMessage]:
    if settings.KEK_FILE.resolve().is_relative_to(ROOT):
        yield _refuse(
            "E011",
            f"The safe's key file {settings.KEK_FILE} lies inside the source tree.",
            "Keep it elsewhere, and set VAULTPAY_KEK_FILE.",
        )


@_live
def _strict_passkeys() -> Iterator[CheckMessage]:
    if getattr(settings, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False):
        yield _refuse("E012", "Sign-in passkeys would be accepted from any origin.", "Set VAULTPAY_BASE_URL to https.")


@_live
def _directory() -> Iterator[CheckMessage]:
    if settings.THREE_DS != "off" and urlsplit(settings.THREEDS_DIRECTORY_URL).scheme != "https":
        yield _refuse(
            "E013",
            "Card numbers would go to the 3-D Secure directory in clear.",
            "Set VAULTPAY_THREEDS_DIRECTORY_URL to an https address, or VAULTPAY_THREE_DS=off.",
        )


@_live
def _evidence_outside_the_tree() -> Iterator[CheckMessage]:
    evidence = settings.EVIDENCE_DIR.resolve()
    if evidence.is_relative_to(ROOT) or evidence.is_relative_to(Path(settings.STATIC_ROOT).resolve()):
        yield _refuse(
            "E014",
            f"The shops' evidence would lie in {settings.EVIDENCE_DIR}, inside the tree or among static files.",
            "Keep it elsewhere, and set VAULTPAY_EVIDENCE_DIR.",
        )


def _refuse(number: str, what: str, hint: str) -> CheckMessage:
    return Error(what, hint=hint, id=f"vaultpay.{number}")


def _sandbox_is_installed() -> bool:
    return "sandbox" in settings.INSTALLED_APPS


def _has_address(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
