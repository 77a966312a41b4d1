"""Who can get in and who can approve: payment passkeys, sign-in passkeys, recent sign-ins, signing out everywhere."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services as accounts
from accounts.queries import passkey_of, passkeys_of, recovery_codes_left, sign_in_passkeys_of, sign_ins_of
from common import clock
from portal.forms import PasskeyForm, RenamePasskeyForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.middleware import trusted_types
from portal.views._answers import refusals_on, see_other, way_back


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    return _shown(request)


@require_http_methods(["GET", "HEAD", "POST"])
@trusted_types
@recently_authenticated
@customer_required
def add_passkey(request: CustomerRequest) -> HttpResponse:
    back = way_back(request, "portal:security")
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            accounts.register_passkey(
                customer_id=request.customer.id,
                credential=form.cleaned_data["credential"],
                label=form.cleaned_data["label"],
                spc=form.cleaned_data["spc"] == "yes",
                by=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("The payment passkey is ready. You can approve payments with it."))
            return see_other(back)
    return render(request, "portal/passkey_add.html", {"form": form, "back": back}, status=422 if form.errors else 200)


@require_POST
@recently_authenticated
@customer_required
def offer_passkey(request: CustomerRequest) -> HttpResponse:
    """The options for `navigator.credentials.create`, for the page's script."""
    return JsonResponse(accounts.offer_passkey_registration(customer_id=request.customer.id, now=clock.now()))


@require_POST
@customer_required
def rename_passkey(request: CustomerRequest, passkey_id: str) -> HttpResponse:
    passkey = passkey_of(request.customer, passkey_id)
    form = RenamePasskeyForm(request.POST)
    if form.is_valid():
        with refusals_on(form, "label"):
            accounts.rename_passkey(
                customer_id=request.customer.id,
                passkey_id=passkey.id,
                label=form.cleaned_data["label"],
                by=request.actor,
                now=clock.now(),
            )
    return _shown(request, renaming=(passkey.id, form)) if form.errors else see_other("portal:security")


@require_POST
@recently_authenticated
@customer_required
def remove_passkey(request: CustomerRequest, passkey_id: str) -> HttpResponse:
    passkey = passkey_of(request.customer, passkey_id)
    accounts.remove_passkey(customer_id=request.customer.id, passkey_id=passkey.id, by=request.actor, now=clock.now())
    messages.success(request, _("The passkey “{label}” can no longer approve payments.").format(label=passkey.label))
    return see_other("portal:security")


@require_POST
@recently_authenticated
@customer_required
def sign_out_everywhere(request: CustomerRequest) -> HttpResponse:
    """Every other device is signed out; this one stays."""
    user = accounts.end_sessions(user_id=request.user.id, by=request.actor, now=clock.now())
    update_session_auth_hash(request, user)
    messages.success(request, _("All other devices are signed out."))
    return see_other("portal:security")


def _shown(request: CustomerRequest, *, renaming: tuple[str, RenamePasskeyForm] | None = None) -> HttpResponse:
    wrong = dict([renaming]) if renaming else {}
    facts = {
        "passkeys": [
            (
                passkey,
                wrong.get(passkey.id)
                or RenamePasskeyForm(initial={"label": passkey.label}, prefix=None, auto_id=f"{passkey.id}_%s"),
                passkey.id in wrong,
            )
            for passkey in passkeys_of(request.customer)
        ],
        "sign_in_passkeys": sign_in_passkeys_of(request.user),
        "recovery_codes_left": recovery_codes_left(request.user),
        "sign_ins": sign_ins_of(request.user, limit=10),
    }
    return render(request, "portal/security.html", facts, status=422 if renaming else 200)
