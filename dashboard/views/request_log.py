"""What the shop's servers asked the API, and what they were told; found by the id that every answer names."""

import json
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.guards import MemberRequest, member_required
from dashboard.searches import RequestSearch
from dashboard.views._answers import answer, turned_to
from merchants.queries import api_keys_of, api_request_of, api_requests_of
from merchants.states import May

PAGE: Final = 25


@require_safe
@member_required(May.WEBHOOKS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    form = RequestSearch(request.GET or None)
    shown, page = turned_to(request, partial(api_requests_of, request.merchant.id, form.wanted()), most=PAGE)
    kept = form.kept()
    facts = {
        "form": form,
        "lines": shown,
        "page": page,
        "query": urlencode(kept),
        "filtered": bool(kept),
        "days": settings.REQUEST_LOG_DAYS,
    }
    return answer(request, "requests", facts)


@require_safe
@member_required(May.WEBHOOKS_READ)
def one(request: MemberRequest, request_id: str) -> HttpResponse:
    line = api_request_of(request.merchant.id, request_id)
    facts = {
        "line": line,
        "key": next((key for key in api_keys_of(request.merchant.id) if key.id == line.key_id), None),
        "asked": json.dumps(line.asked, indent=2, ensure_ascii=False),
        "answered": json.dumps(line.answered, indent=2, ensure_ascii=False),
    }
    return answer(request, "request", facts)
