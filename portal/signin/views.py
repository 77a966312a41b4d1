"""The sign-in pages: a passkey first, a code by e-mail second, no passwords. The flows are allauth's, the pages ours.

`next` goes along through every step, so that a customer who came from a shop's checkout gets back to it; it is only
ever a path of our own.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as webauthn_auth
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts import sessions
from accounts.guards import local_or
from accounts.queries import customer_of_user
from common import clock
from common.errors import Refusal
from portal.guards import SignedInRequest, signed_in_required
from portal.middleware import remember_language
from portal.signin.forms import AgainCodeForm, SecondStepForm, WelcomeForm

if TYPE_CHECKING:
    from django.forms import Form

AGAIN_CODE_SECONDS: Final = 5 * 60
AGAIN_CODE_TRIES: Final = 3
_AGAIN: Final = "again_code"


def few_guesses(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages that take a code: not many tries from one browser within five minutes.

    A session counts wrong codes too, but hands that come at the same moment all read the same count.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        browser = request.session.session_key
        guessed = request.method == "POST" and browser is not None
        if guessed and not ratelimit.consume(request, action="guess_code", key=browser):
            messages.error(request, get_adapter().error_messages["rate_limited"])
            onward = _next(request, "")
            return HttpResponseRedirect(f"{request.path}?{urlencode({'next': onward})}" if onward else request.path)
        return view(request, *args, **kwargs)

    return guarded


class SignInView(account.RequestLoginCodeView):  # type: ignore[misc]  # allauth carries no types
    """The page that offers both ways; posting it asks for a code by e-mail."""

    template_name = "account/login.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        # Who comes back to this page wants to begin anew, perhaps with another address.
        clear_login(request)


class SignInByPasskeyView(webauthn.LoginWebAuthnView):  # type: ignore[misc]  # allauth carries no types
    """GET gives the options for `navigator.credentials.get` as JSON; POST brings its answer."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        clear_login(request)

    def form_invalid(self, form: "Form") -> HttpResponse:
        for message in form.errors.get("credential", [_("This was not accepted. Please try again.")]):
            messages.error(self.request, str(message))
        return HttpResponseRedirect(_with_next("account_login", self.request))


class SignUpView(account.SignupView):  # type: ignore[misc]  # allauth carries no types
    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        clear_login(request)


class AddPasskeyView(webauthn.AddWebAuthnView):  # type: ignore[misc]  # allauth carries no types
    """Make a passkey for signing in: always one that the device keeps and that asks who is there."""

    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**facts)
        context["form"] = facts.get("form") or context.get("form") or self.get_form()
        context["js_data"] = {"creation_options": webauthn_auth.begin_registration(self.request.user, True)}  # noqa: FBT003 (the library's own signature)
        context["next"] = _next(self.request, "")
        return context

    def get_success_url(self) -> str:
        if self.did_generate_recovery_codes:
            return _with_next("mfa_view_recovery_codes", self.request)
        return _next(self.request, reverse("mfa_index"))


class RecoveryCodesView(recovery_codes.ViewRecoveryCodesView):  # type: ignore[misc]  # allauth carries no types
    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**facts)
        context["next"] = _next(self.request, reverse("mfa_index"))
        return context


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "account/signed_out.html")


@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """Forget a sign-in that was begun, for who mistyped the address."""
    clear_login(request)
    return HttpResponseRedirect(_with_next("account_login", request))


@require_http_methods(["GET", "POST"])
@signed_in_required
def welcome(request: HttpRequest) -> HttpResponse:
    """Asked once: what may we call you, and in which language do you read? Then there is a wallet."""
    user = cast("SignedInRequest", request).user
    onward = _next(request, resolve_url(settings.LOGIN_REDIRECT_URL))
    if customer_of_user(user) is not None:
        return redirect(onward)
    form = WelcomeForm(request.POST or None, initial={"language": get_language() or user.language})
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        try:
            accounts.open_wallet(
                user_id=user.id, display_name=form.cleaned_data["display_name"], language=language, now=clock.now()
            )
        except Refusal as refusal:
            form.add_error("display_name", str(refusal))
        else:
            response = HttpResponseRedirect(onward)
            remember_language(response, language)
            return response
    page = {"form": form, "next": onward}
    return render(request, "account/welcome.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in_required
@few_guesses
def again(request: HttpRequest) -> HttpResponse:
    """Prove once more who is there, before cards and passkeys: by passkey, or by a code for who has none yet."""
    user = cast("SignedInRequest", request).user
    onward = _next(request, resolve_url(settings.LOGIN_REDIRECT_URL))
    if not _has_passkey(user.pk):
        return _again_by_code(request, onward)
    form = SecondStepForm(request.POST or None, user=user)
    if request.method == "POST":
        if not ratelimit.consume(request, action="reauthenticate", user=user):
            form.add_error(None, get_adapter().error_messages["rate_limited"])
        elif form.is_valid():
            form.save()
            sessions.prove(request.session, now=clock.now())
            return redirect(onward)
    page = {
        "form": form,
        "next": onward,
        "js_data": {"request_options": webauthn_auth.begin_authentication(user)},
    }
    return render(request, "account/again.html", page, status=422 if form.errors else 200)


@require_POST
@signed_in_required
def again_send_code(request: HttpRequest) -> HttpResponse:
    """Send a code to who has no passkey yet."""
    user = cast("SignedInRequest", request).user
    if not _has_passkey(user.pk):
        if ratelimit.consume(request, action="request_login_code", key=user.email):
            code = get_adapter().generate_login_code()
            request.session[_AGAIN] = {
                "digest": _digest(code),
                "until": int(clock.now().timestamp()) + AGAIN_CODE_SECONDS,
                "tries": 0,
            }
            get_adapter().send_mail("account/email/again_code", user.email, {"code": code})
        else:
            messages.error(request, get_adapter().error_messages["rate_limited"])
    return HttpResponseRedirect(_with_next("account_reauthenticate", request))


def _again_by_code(request: HttpRequest, onward: str) -> HttpResponse:
    sent: dict[str, Any] | None = request.session.get(_AGAIN)
    if sent and clock.now().timestamp() >= sent["until"]:
        sent = request.session.pop(_AGAIN) and None
    form = AgainCodeForm(request.POST or None) if sent else None
    if request.method == "POST" and sent and form and form.is_valid():
        if constant_time_compare(sent["digest"], _digest(form.cleaned_data["code"])):
            del request.session[_AGAIN]
            request.session.cycle_key()
            sessions.prove(request.session, now=clock.now())
            return redirect(onward)
        form.add_error("code", get_adapter().error_messages["incorrect_code"])
        sent["tries"] += 1
        request.session.modified = True
        if sent["tries"] >= AGAIN_CODE_TRIES:
            del request.session[_AGAIN]
            messages.error(request, get_adapter().error_messages["too_many_login_attempts"])
            return HttpResponseRedirect(_with_next("account_reauthenticate", request))
    page = {"form": form, "next": onward, "by_code": True}
    return render(request, "account/again.html", page, status=422 if form and form.errors else 200)


def _has_passkey(user_id: str) -> bool:
    has_one: bool = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.WEBAUTHN).exists()
    return has_one


def _digest(code: str) -> str:
    plain = "".join(letter for letter in code if letter.isalnum()).lower()
    return salted_hmac("portal.signin.again", plain, algorithm="sha256").hexdigest()


def _next(request: HttpRequest, otherwise: str) -> str:
    return local_or(request.POST.get("next") or request.GET.get("next", ""), otherwise)


def _with_next(page: str, request: HttpRequest) -> str:
    onward = _next(request, "")
    return f"{reverse(page)}?{urlencode({'next': onward})}" if onward else reverse(page)
