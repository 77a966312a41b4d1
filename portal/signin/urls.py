"""Where the sign-in pages answer. Names are the library's where it looks them up itself.

Only what is here exists: no password page, no page that changes the address, no TOTP.
"""

from typing import Final

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from portal.guards import recently_authenticated
from portal.signin import views

_sign_in: Final = views.SignInView.as_view()
_security: Final = RedirectView.as_view(pattern_name="portal:security")

urlpatterns: list[URLPattern] = [
    path("sign-in", _sign_in, name="account_login"),
    path("sign-in/ask", _sign_in, name="account_request_login_code"),
    path("sign-in/code", views.few_guesses(account.confirm_login_code), name="account_confirm_login_code"),
    path("sign-in/passkey", views.SignInByPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("sign-in/second-step", mfa.authenticate, name="mfa_authenticate"),
    path("sign-in/start-over", views.start_over, name="account_start_over"),
    path("sign-in/inactive", account.account_inactive, name="account_inactive"),
    path("sign-in/again", views.again, name="account_reauthenticate"),
    path("sign-in/again/send", views.again_send_code, name="account_again_send"),
    path("sign-up", views.SignUpView.as_view(), name="account_signup"),
    path("sign-up/code", views.few_guesses(account.email_verification_sent), name="account_email_verification_sent"),
    path("sign-out", account.logout, name="account_logout"),
    path("signed-out", views.signed_out, name="account_signed_out"),
    path("welcome", views.welcome, name="account_welcome"),
    path("security/sign-in-passkeys", _security, name="mfa_list_webauthn"),
    path("security/second-step", _security, name="mfa_index"),
    path(
        "security/address", _security, name="account_email"
    ),  # where the library leads who comes back to the code page
    path(
        "security/sign-in-passkeys/add",
        recently_authenticated(views.AddPasskeyView.as_view()),
        name="mfa_add_webauthn",
    ),
    path(
        "security/sign-in-passkeys/<int:pk>/remove",
        recently_authenticated(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "security/sign-in-passkeys/<int:pk>/rename",
        recently_authenticated(webauthn.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path(
        "security/recovery-codes",
        recently_authenticated(views.RecoveryCodesView.as_view()),
        name="mfa_view_recovery_codes",
    ),
    path(
        "security/recovery-codes/renew",
        recently_authenticated(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
