"""Japanese and English are equals; who reads chooses, and is remembered."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts import services as accounts
from portal.middleware import remember_language
from portal.views._answers import see_other, way_back


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the language on this device, and for a signed-in reader everywhere. Leads back to the same page."""
    asked = request.POST.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    response = see_other(way_back(request, "/"))
    remember_language(response, language)
    if request.user.is_authenticated:
        accounts.choose_language(user_id=request.user.id, language=language)
    return response
