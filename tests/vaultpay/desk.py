"""People of the staff at their browsers, and what they do on their pages."""

import re

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator as SignInKey
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.authenticator import Authenticator


def page(name, *args):
    return reverse(f"staff:{name}", args=args)


def words(answer):
    """What stands on a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def sign_in_key(user) -> SignInKey:
    made = Authenticator(handle=user.pk.encode()).create(b"a challenge of a while ago")
    return SignInKey.objects.create(
        user=user, type=SignInKey.Type.WEBAUTHN, data={"name": "Phone", "passwordless": True, "credential": made}
    )


def browser_of(user, language="en") -> Client:
    browser = Client()
    browser.force_login(user)
    browser.cookies["django_language"] = language
    return browser


def shows(browser, user, *kinds) -> None:
    """What the sign-in library notes in a session about its second step."""
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": kind, "at": 0} for kind in kinds]
    session.save()


def at_the_desk(name) -> Client:
    """Somebody of the staff, signed in with a passkey."""
    user = User.objects.create_user(f"{name}@vaultpay.example", language="en", is_staff=True)
    sign_in_key(user)
    browser = browser_of(user)
    shows(browser, user, "webauthn")
    return browser


def sends(browser, signature, deed, **changes):
    """Countersigns or turns down, as it was shown."""
    here = page(f"{signature._meta.app_label}_{signature._meta.model_name}_{deed}", signature.pk)
    shown = browser.get(here)
    assert shown.status_code == 200
    return browser.post(here, {"digest": shown.context["form"]["digest"].value(), **changes})
