"""Forms of the sign-in pages. Passkeys are looked at more strictly than the library does by itself."""

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from allauth.account.forms import (
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    RequestLoginCodeForm,
    SignupForm,
)
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticatorData

from accounts.passkeys import client_data_is_ours, counter_went_back, credential_id_in
from common.base64url import from_base64url
from portal.forms import NameForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_CODE: Final = _("Code")


class _EmailField(forms.EmailField):
    """An address, also when it was typed with full-width letters."""

    def __init__(self) -> None:
        super().__init__(
            label=_("E-mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username webauthn", "inputmode": "email"}),
        )

    def clean(self, value: Any) -> str:
        cleaned: str = super().clean(unicodedata.normalize("NFKC", value or ""))
        return cleaned.lower()


class _CodeField(forms.CharField):
    """A code, also when its digits are full-width ones. Dashes and spaces do not count."""

    def __init__(self, label: "StrPromise" = _CODE, *, numeric: bool = True) -> None:
        look = {"autocomplete": "one-time-code", "spellcheck": "false", "class": "code-input"}
        super().__init__(
            label=label,
            max_length=40,
            widget=forms.TextInput(attrs={**look, "inputmode": "numeric"} if numeric else look),
        )

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", str(super().to_python(value) or ""))


class AskForCodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth carries no types
    email = _EmailField()


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth carries no types
    email = _EmailField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")


class SignInCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth carries no types
    code = _CodeField()


class SignUpCodeForm(ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth carries no types
    code = _CodeField()


class RecoveryCodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth carries no types
    code = _CodeField(_("Recovery code"))


class AgainCodeForm(forms.Form):
    code = _CodeField()


class WelcomeForm(NameForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)


class _StrictCredential:
    """A sign-in passkey's answer: `webauthn.get` on exactly our origin, in no frame, with a counter that only grows.

    The library compares challenge, rpId hash, user verification and signature, and that the key is this user's.
    """

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        if (
            not isinstance(credential, dict)
            or credential_id_in(credential) is None
            or not client_data_is_ours(credential, kind="webauthn.get", origin=settings.WEBAUTHN_ORIGIN)
        ):
            raise get_adapter().validation_error("incorrect_code")
        try:
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]  # the library's form
            _note_counter(authenticator, credential)
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise
            raise get_adapter().validation_error("incorrect_code") from error
        except Exception as error:
            # Whatever a stranger's bytes make the parser say, the answer is no.
            raise get_adapter().validation_error("incorrect_code") from error
        return authenticator


class SignInForm(_StrictCredential, LoginWebAuthnForm):  # type: ignore[misc]  # allauth carries no types
    """First step: the passkey says who it is."""


class SecondStepForm(_StrictCredential, AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth carries no types
    """After a code by e-mail, or once more before something that matters: we know whose passkey it must be."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth carries no types
    name = forms.CharField(
        label=_("A name for this passkey"),
        help_text=_("For example the device it lives on."),
        max_length=60,
        required=False,
    )
    passwordless = None  # every sign-in passkey is one

    def clean(self) -> dict[str, Any]:
        credential = self.cleaned_data.get("credential")
        if credential and not (
            isinstance(credential, dict)
            and client_data_is_ours(credential, kind="webauthn.create", origin=settings.WEBAUTHN_ORIGIN)
        ):
            raise get_adapter().validation_error("incorrect_code")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


def _note_counter(authenticator: Authenticator, credential: Mapping[str, Any]) -> None:
    said = AuthenticatorData(from_base64url(credential["response"]["authenticatorData"]))
    registered = authenticator.wrap().authenticator_data
    known = authenticator.data.get("sign_count", registered.counter)
    if counter_went_back(new=said.counter, old=known) or said.is_backup_eligible() != registered.is_backup_eligible():
        raise get_adapter().validation_error("incorrect_code")
    authenticator.data["sign_count"] = said.counter
    authenticator.save(update_fields=["data"])
