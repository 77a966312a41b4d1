"""Webhook endpoints: where we tell, what became of it, and telling again. A secret stands on one page, once."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from dashboard.forms import EndpointForm, NewEndpointForm, OnceForm, RangeForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import act_once, new_number
from dashboard.searches import DeliverySearch
from dashboard.views._answers import answer, see_other, turned_to
from merchants.states import May
from webhooks import services as webhooks
from webhooks.queries import (
    endpoint_of_merchant,
    endpoints_of_merchant,
    replays_of_endpoint,
    telling_of_endpoint,
    tellings_of_endpoint,
    tellings_page,
)
from webhooks.states import EndpointStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhooks.models import WebhookEndpoint
    from webhooks.types import EndpointSecrets

SHOWN: Final = 15
PAGE: Final = 25


@require_safe
@member_required(May.WEBHOOKS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    endpoints = [
        (endpoint, next(iter(tellings_of_endpoint(endpoint, limit=1)), None))
        for endpoint in endpoints_of_merchant(request.merchant.id)
    ]
    return answer(request, "endpoints", {"endpoints": endpoints})


@require_safe
@member_required(May.WEBHOOKS_READ)
def one(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    return _shown(request, endpoint_of_merchant(request.merchant.id, endpoint_id))


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.WEBHOOKS_WRITE)
def register(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return answer(request, "endpoint_new", {"form": NewEndpointForm(initial={"number": new_number()})})
    form = NewEndpointForm(request.POST)
    if form.is_valid():
        try:
            return _with_secret(
                request,
                form,
                lambda: webhooks.register_endpoint(
                    merchant_id=request.merchant.id,
                    url=form.cleaned_data["url"],
                    event_types=form.cleaned_data["event_types"],
                    by=request.actor,
                    now=clock.now(),
                ),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return answer(request, "endpoint_new", {"form": form}, refused=True)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.WEBHOOKS_WRITE)
def roll(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    form = OnceForm(request.POST) if request.method == "POST" else OnceForm(initial={"number": new_number()})
    if form.is_bound and form.is_valid():
        return _with_secret(
            request,
            form,
            lambda: (
                endpoint,
                webhooks.roll_secret(endpoint_id=endpoint.id, by=request.actor, now=clock.now()),
            ),
        )
    return answer(request, "endpoint_roll", {"endpoint": endpoint, "form": form}, refused=form.is_bound)


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def change(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            webhooks.update_endpoint(
                endpoint_id=endpoint.id,
                url=form.cleaned_data["url"],
                event_types=form.cleaned_data["event_types"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return see_other(request, "endpoint", endpoint.id)
    return _shown(request, endpoint, form=form)


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def enable(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    return _switched(request, endpoint_id, EndpointStatus.ENABLED)


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def resume(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    webhooks.resume_endpoint(endpoint_id=endpoint.id, by=request.actor, now=clock.now())
    messages.success(request, _("It is on again, and is being told what it missed."))
    return see_other(request, "endpoint", endpoint.id)


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def redeliver_range(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    form = RangeForm(request.POST)
    if form.is_valid():
        since, until = form.span()
        try:
            webhooks.redeliver_range(
                endpoint_id=endpoint.id,
                since=since,
                until=until,
                only_missed=form.cleaned_data["only_missed"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("These events are being queued for this endpoint."))
            return see_other(request, "endpoint", endpoint.id)
    return _shown(request, endpoint, range_form=form)


@require_safe
@member_required(May.WEBHOOKS_READ)
def deliveries(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    """Everything that was told there, with filters."""
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    form = DeliverySearch(request.GET or None)
    shown, page = turned_to(request, partial(tellings_page, endpoint, **form.wanted()), most=PAGE)
    kept = form.kept()
    facts = {
        "endpoint": endpoint,
        "form": form,
        "tellings": shown,
        "page": page,
        "query": urlencode(kept),
        "filtered": bool(kept),
    }
    return answer(request, "deliveries", facts)


@require_safe
@member_required(May.WEBHOOKS_READ)
def delivery(request: MemberRequest, endpoint_id: str, telling_id: str) -> HttpResponse:
    """One event on its way to one endpoint: the bytes that went out, and every answer."""
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    telling = telling_of_endpoint(endpoint, telling_id)
    body = json.dumps(json.loads(bytes(telling.body)), indent=2, ensure_ascii=False)
    return answer(request, "delivery", {"endpoint": endpoint, "telling": telling, "body": body})


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def disable(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    return _switched(request, endpoint_id, EndpointStatus.DISABLED)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.WEBHOOKS_WRITE)
def remove(request: MemberRequest, endpoint_id: str) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    if request.method != "POST":
        return answer(request, "endpoint_remove", {"endpoint": endpoint})
    webhooks.delete_endpoint(endpoint_id=endpoint.id, by=request.actor, now=clock.now())
    messages.success(request, _("Removed. Nothing is told to this address any more."))
    return see_other(request, "endpoints")


def _switched(request: MemberRequest, endpoint_id: str, status: EndpointStatus) -> HttpResponse:
    endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
    webhooks.update_endpoint(endpoint_id=endpoint.id, status=status, by=request.actor, now=clock.now())
    said = {
        EndpointStatus.ENABLED: _("Enabled. It is told what happens from now on."),
        EndpointStatus.DISABLED: _("Disabled. What happens meanwhile stands in the event log."),
    }
    messages.success(request, said[status])
    return see_other(request, "endpoint", endpoint.id)


def _shown(
    request: MemberRequest,
    endpoint: "WebhookEndpoint",
    *,
    form: EndpointForm | None = None,
    range_form: RangeForm | None = None,
) -> HttpResponse:
    now = clock.now()
    facts: dict[str, Any] = {
        "endpoint": endpoint,
        "tellings": tellings_of_endpoint(endpoint, limit=SHOWN),
        "both_secrets": endpoint.earlier_secret_until is not None and now < endpoint.earlier_secret_until,
        "form": form or EndpointForm(initial={"url": endpoint.url, "event_types": endpoint.event_types}),
        "range_form": range_form or RangeForm(),
        "replays": replays_of_endpoint(endpoint),
    }
    return answer(request, "endpoint", facts, refused=bool(form or range_form))


def _with_secret(
    request: MemberRequest, form: OnceForm, act: "Callable[[], tuple[WebhookEndpoint, EndpointSecrets]]"
) -> HttpResponse:
    made = act_once(act, number=form.cleaned_data["number"], request=request, now=clock.now())
    if made is None:
        messages.warning(request, _("This form has acted already; its secret was shown once, on that page."))
        return see_other(request, "endpoints")
    endpoint, secrets = made
    return answer(request, "endpoint_secret", {"endpoint": endpoint, "secrets": secrets})
