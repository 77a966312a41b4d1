"""Japanese and English are equals; who reads chooses, and is remembered."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import services as accounts
from portal.middleware import remember_language


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the language on this device, and for a signed-in reader everywhere. Leads back to the same page."""
    asked = request.POST.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    response.status_code = 303
    remember_language(response, language)
    if request.user.is_authenticated:
        accounts.choose_language(user_id=request.user.id, language=language)
    return response
