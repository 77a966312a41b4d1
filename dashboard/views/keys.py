"""API keys: issue, roll, revoke. The text of a key stands on one page, once."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from dashboard.forms import KeyForm, RollKeyForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import act_once, new_number
from dashboard.views._answers import answer, see_other
from merchants import services as merchants
from merchants.queries import api_key_of, api_keys_of
from merchants.states import May, Scope

if TYPE_CHECKING:
    from datetime import datetime

    from merchants.models import ApiKey


@require_safe
@member_required(May.KEYS_WRITE)
def listed(request: MemberRequest) -> HttpResponse:
    now = clock.now()
    keys = [(key, state_of(key, now=now)) for key in api_keys_of(request.merchant.id)]
    return answer(request, "keys", {"keys": keys})


@require_safe
@member_required(May.KEYS_WRITE)
def one(request: MemberRequest, key_id: str) -> HttpResponse:
    key = api_key_of(request.merchant.id, key_id)
    state = state_of(key, now=clock.now())
    facts = {
        "key": key,
        "state": state,
        "scopes": [Scope(scope) for scope in key.scopes],
        "may_roll": state == "active" and not key.rolled_to_id,
    }
    return answer(request, "key", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.KEYS_WRITE)
def issue(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        initial = {"number": new_number(), "scopes": [Scope.PAYMENTS_WRITE, Scope.REFUNDS_WRITE]}
        return answer(request, "key_new", {"form": KeyForm(initial=initial)})
    form = KeyForm(request.POST)
    if form.is_valid():
        now = clock.now()
        try:
            made = act_once(
                lambda: merchants.issue_api_key(
                    merchant_id=request.merchant.id,
                    label=form.cleaned_data["label"],
                    scopes=form.cleaned_data["scopes"],
                    by=request.actor,
                    now=now,
                ),
                number=form.cleaned_data["number"],
                request=request,
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _made(request, made)
    return answer(request, "key_new", {"form": form}, refused=True)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.KEYS_WRITE)
def roll(request: MemberRequest, key_id: str) -> HttpResponse:
    key = api_key_of(request.merchant.id, key_id)
    if request.method != "POST":
        return answer(request, "key_roll", {"key": key, "form": RollKeyForm(initial={"number": new_number()})})
    form = RollKeyForm(request.POST)
    if form.is_valid():
        now = clock.now()
        try:
            made = act_once(
                lambda: merchants.roll_api_key(
                    merchant_id=request.merchant.id,
                    key_id=key.id,
                    hours=form.cleaned_data["hours"],
                    by=request.actor,
                    now=now,
                ),
                number=form.cleaned_data["number"],
                request=request,
                now=now,
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            return _made(request, made)
    return answer(request, "key_roll", {"key": key, "form": form}, refused=True)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.KEYS_WRITE)
def revoke(request: MemberRequest, key_id: str) -> HttpResponse:
    key = api_key_of(request.merchant.id, key_id)
    if request.method != "POST":
        return answer(request, "key_revoke", {"key": key})
    merchants.revoke_api_key(merchant_id=request.merchant.id, key_id=key.id, by=request.actor, now=clock.now())
    messages.success(request, _("“{label}” is revoked and opens nothing any more.").format(label=key.label))
    return see_other(request, "keys")


def state_of(key: "ApiKey", *, now: "datetime") -> str:
    """The word for a key as its people meet it."""
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_live(now=now) else "expired"


def _made(request: MemberRequest, made: "tuple[ApiKey, str] | None") -> HttpResponse:
    if made is None:
        messages.warning(request, _("This form has made its key already; its text was shown once, on that page."))
        return see_other(request, "keys")
    key, text = made
    return answer(request, "key_made", {"key": key, "key_text": text})
