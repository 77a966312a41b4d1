"""How I am addressed, and in which language."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services as accounts
from common import clock
from portal.forms import NameForm
from portal.guards import CustomerRequest, customer_required
from portal.views._answers import refusals_on, see_other


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    return _shown(request, NameForm(initial={"display_name": request.customer.display_name}))


@require_POST
@customer_required
def rename(request: CustomerRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_on(form, "display_name"):
            accounts.rename_customer(
                customer_id=request.customer.id,
                display_name=form.cleaned_data["display_name"],
                by=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("Your name was changed."))
            return see_other("portal:settings")
    return _shown(request, form)


def _shown(request: CustomerRequest, form: NameForm) -> HttpResponse:
    return render(request, "portal/settings.html", {"form": form}, status=422 if form.errors else 200)
