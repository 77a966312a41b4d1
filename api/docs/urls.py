"""Every address below /docs."""

from typing import Final

from django.urls import URLPattern, path

from api.docs import views

app_name: Final = "docs"

urlpatterns: Final[list[URLPattern]] = [
    path("", views.start, name="start"),
    path("errors", views.errors, name="errors"),
    path("idempotency", views.idempotency, name="idempotency"),
    path("webhooks", views.webhooks, name="webhooks"),
    path("campaigns", views.campaigns, name="campaigns"),
    path("conversions", views.conversions, name="conversions"),
    path("test-cards", views.test_cards, name="test_cards"),
    path("versions", views.versions, name="versions"),
    path("reference/<str:resource>", views.reference, name="reference"),
]
