"""How allauth meets this house: who we are to authenticators, how its mails go out, what follows a sign-in."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import services as accounts
from accounts import sessions
from accounts.guards import local_or
from accounts.models import User
from accounts.states import SignInMethod
from common import clock
from common.sealing import seal, unseal

_PURPOSE: Final = "accounts.second-factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    error_messages: dict[str, Any] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("This code is not right."),
        "too_many_login_attempts": _("Too many tries. Please wait a few minutes, then ask for a new code."),
        "rate_limited": _("Too many tries. Please wait a few minutes, then ask for a new code."),
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 (allauth's own signature)
        """A person reads on in the language in which they signed up."""
        user.language = User.Language.ENGLISH if get_language() == "en" else User.Language.JAPANESE
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def is_safe_url(self, url: str) -> bool:
        """Only a path of our own: the way back after a sign-in never names a host, not even ours."""
        return local_or(url, "") == url != ""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the reader's language: that of the page they are looking at."""
        known = {"commerce": settings.COMMERCE, "base_url": settings.BASE_URL, "language": get_language()}
        super().send_mail(template_prefix, email, {**known, **context})

    def send_account_already_exists_mail(self, email: str) -> None:
        """Somebody asked for a second wallet under this address; only its owner learns that there is one."""
        self.send_mail("account/email/account_already_exists", email, {})

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        _adopt_address(request, user)
        response: HttpResponse | None = super().pre_login(request, user, **facts)
        return response

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        now = clock.now()
        sessions.begin(request.session, now=now)
        accounts.record_sign_in(
            user_id=user.id,
            method=_method(request, user),
            address=self.get_client_ip(request),
            user_agent=self.get_http_user_agent(request),
            now=now,
        )
        response: HttpResponse = super().post_login(request, user, **facts)
        return response


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    error_messages: dict[str, Any] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This was not accepted. Please try again."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Strictly ours: what the Host header says does not matter."""
        return {"id": settings.WEBAUTHN_RP_ID, "name": settings.COMMERCE["name"]}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        # Not the handle of the payment passkeys: an authenticator keeps one resident key per site and handle.
        return {"id": user.id.encode(), "name": user.email, "display_name": user.email}

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002 (allauth's own signature)
        return gettext("Sign-in passkey")

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=_PURPOSE)


def _method(request: HttpRequest, user: User) -> SignInMethod:
    records = get_authentication_records(request, user)
    last = records[-1] if records else {}
    if last.get("method") != "mfa":
        return SignInMethod.EMAIL_CODE
    return SignInMethod.RECOVERY_CODE if last.get("type") == "recovery_codes" else SignInMethod.PASSKEY


def _adopt_address(request: HttpRequest, user: User) -> None:
    """Somebody whom we wrote down ourselves (staff, an invited member) proves their address by their first code."""
    proved = any(record.get("email") == user.email for record in get_authentication_records(request, user))
    if proved and not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
