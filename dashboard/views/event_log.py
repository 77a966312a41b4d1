"""What happened, as our events say it; each with its body and to whom it was told."""

import json
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.errors import Kind, Refusal
from dashboard.guards import MemberRequest, member_required
from dashboard.searches import EventSearch
from dashboard.views._answers import answer, see_other, turned_to
from events.queries import event_of, events_of
from merchants.states import May
from webhooks import services as webhooks
from webhooks.queries import tellings_of_event, tellings_of_events
from webhooks.states import EVENT_TYPES

PAGE: Final = 25


@require_safe
@member_required(May.WEBHOOKS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    form = EventSearch(request.GET or None)
    shown, page = turned_to(request, partial(events_of, request.merchant.id, **form.wanted()), most=PAGE)
    told = tellings_of_events(request.merchant.id, [event.id for event in shown])
    kept = form.kept()
    facts = {
        "form": form,
        "events": [(event, told.get(event.id, [])) for event in shown],
        "page": page,
        "query": urlencode(kept),
        "filtered": bool(kept),
    }
    return answer(request, "events", facts)


@require_safe
@member_required(May.WEBHOOKS_READ)
def one(request: MemberRequest, event_id: str) -> HttpResponse:
    return _shown(request, event_id)


@require_POST
@member_required(May.WEBHOOKS_WRITE)
def redeliver(request: MemberRequest, event_id: str) -> HttpResponse:
    try:
        count = webhooks.redeliver_event(
            merchant_id=request.merchant.id, event_id=event_id, by=request.actor, now=clock.now()
        )
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return _shown(request, event_id, refusal=str(refusal))
    said = ngettext("{count} endpoint will be told again.", "{count} endpoints will be told again.", count)
    messages.success(request, said.format(count=count))
    return see_other(request, "event", event_id)


def _shown(request: MemberRequest, event_id: str, *, refusal: str = "") -> HttpResponse:
    event = event_of(request.merchant.id, event_id)
    facts = {
        "event": event,
        "body": json.dumps(event.data, indent=2, ensure_ascii=False),
        "tellings": tellings_of_event(request.merchant.id, event.id),
        "can_be_told": event.type in EVENT_TYPES,
        "refusal": refusal,
    }
    return answer(request, "event", facts, refused=bool(refusal))
