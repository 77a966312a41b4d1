"""What anyone may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Choose who keeps your card: what this house is, for customers and for shops."""
    return render(request, "public/home.html")
