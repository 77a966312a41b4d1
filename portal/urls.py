"""The customer's face. One URL per verb."""

from typing import Final

from django.conf import settings
from django.urls import URLPattern, path

from portal.views import language, public, styleguide

app_name: Final = "portal"

urlpatterns: list[URLPattern] = [
    path("", public.home, name="public"),
    path("language", language.choose, name="language"),
]

if settings.SANDBOX:
    urlpatterns += [path("styleguide", styleguide.show, name="styleguide")]
