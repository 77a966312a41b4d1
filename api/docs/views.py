"""What anyone may read about the API, in their language."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from api.docs.reference import codes, event_kinds, resource_of, resources
from merchants.versions import VERSIONS


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return _guide(request, "start")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    return _guide(request, "errors", codes=codes(_language()))


@require_safe
def idempotency(request: HttpRequest) -> HttpResponse:
    return _guide(request, "idempotency")


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    return _guide(request, "webhooks", kinds=event_kinds())


@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    return _guide(request, "campaigns")


@require_safe
def conversions(request: HttpRequest) -> HttpResponse:
    return _guide(request, "conversions")


@require_safe
def test_cards(request: HttpRequest) -> HttpResponse:
    return _guide(request, "test_cards")


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    return _guide(request, "versions", versions=VERSIONS[::-1])


@require_safe
def reference(request: HttpRequest, resource: str) -> HttpResponse:
    found = resource_of(resource, _language())
    if found is None:
        raise Http404
    return render(request, "docs/resource.html", {"resources": resources(), "resource": found})


def _guide(request: HttpRequest, page: str, **facts: object) -> HttpResponse:
    """A page of prose, written once per language."""
    known = {"resources": resources(), "base_url": settings.BASE_URL, **facts}
    return render(request, f"docs/{_language()}/{page}.html", known)


def _language() -> str:
    return "ja" if (get_language() or "").startswith("ja") else "en"
