"""Staff answer a dispute for a shop, or give in for it: a page that asks why, and the shop's own verb."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.errors import Refusal
from payments import services as payments
from payments.queries import dispute_for_staff
from payments.states import MOST_STATEMENT

if TYPE_CHECKING:
    from payments.models import Dispute

MOST_REASON: Final = 500


class Why(forms.Form):
    reason = forms.CharField(
        label=_("Why you do this for the shop"),
        help_text=_("It is written into the audit chain. Shop and customer do not see it."),
        max_length=MOST_REASON,
    )


class Statement(Why):
    statement = forms.CharField(
        label=_("Why the payment was right"),
        help_text=_("It goes to the card network as the shop’s answer. Files that the shop sent belong to it."),
        max_length=MOST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


def answer(request: HttpRequest, dispute_id: str, site: dict[str, Any]) -> HttpResponse:
    def verb(dispute: "Dispute", said: dict[str, Any], by: Actor) -> None:
        payments.submit_evidence(
            dispute_id=dispute.id,
            facts={"statement": said["statement"]},
            file_ids=[file.id for file in dispute.files.all()],
            reason=said["reason"],
            by=by,
            now=clock.now(),
        )

    return _act(request, dispute_id, site | {"title": _("Answer for the shop")}, form_of=Statement, verb=verb)


def accept(request: HttpRequest, dispute_id: str, site: dict[str, Any]) -> HttpResponse:
    def verb(dispute: "Dispute", said: dict[str, Any], by: Actor) -> None:
        payments.accept_dispute(dispute_id=dispute.id, reason=said["reason"], by=by, now=clock.now())

    return _act(request, dispute_id, site | {"title": _("Give in for the shop")}, form_of=Why, verb=verb)


def _act(
    request: HttpRequest,
    dispute_id: str,
    site: dict[str, Any],
    *,
    form_of: type[Why],
    verb: Callable[["Dispute", dict[str, Any], Actor], None],
) -> HttpResponse:
    dispute = dispute_for_staff(dispute_id)
    form = form_of(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verb(dispute, form.cleaned_data, Actor(str(request.user.pk)))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("Done. It stands in the audit chain with your reason."))
            return HttpResponseRedirect(reverse("staff:payments_dispute_change", args=[dispute.pk]))
    facts = {**site, "dispute": dispute, "form": form}
    return render(request, "staff/dispute_answer.html", facts, status=422 if form.errors else 200)
