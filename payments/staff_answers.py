"""Staff answer a dispute for a shop, or give in for it: pages that ask why, and the shop's own verbs behind them."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.ids import new_id
from common.second_signature import MOST_REASON
from common.staff_signatures import Proposed, act, decide, one_of, propose
from payments import services as payments
from payments.models import DisputeAcceptance
from payments.queries import dispute_for_staff
from payments.states import MOST_STATEMENT

if TYPE_CHECKING:
    from django.db.models import Model

_PAGE: Final = "staff/acceptance.html"


class Why(forms.Form):
    reason = forms.CharField(
        label=_("Why you do this for the shop"),
        help_text=_("It is written into the audit chain. Shop and customer do not see it."),
        max_length=MOST_REASON,
    )


class AcceptanceForm(Proposed):
    PREFIX = "dac"

    dispute = forms.CharField(max_length=40, widget=forms.HiddenInput)


class Statement(Why):
    statement = forms.CharField(
        label=_("Why the payment was right"),
        help_text=_("It goes to the card network as the shop’s answer. Files that the shop sent belong to it."),
        max_length=MOST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


def propose_acceptance(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    """Begun from a dispute's page."""
    asked = request.POST.get("dispute") or request.GET.get("dispute", "")
    form = AcceptanceForm(request.POST or None, initial={"name": new_id("dac"), "dispute": asked})

    def verb(by: Actor) -> "Model":
        said = form.cleaned_data
        return payments.propose_acceptance(
            acceptance_id=said["name"], dispute_id=said["dispute"], reason=said["reason"], by=by, now=clock.now()
        )

    facts = {"page": _PAGE, "dispute": dispute_for_staff(asked), "title": _("Propose to give in for the shop")}
    return propose(request, form, verb, site | facts)


def decide_acceptance(request: HttpRequest, acceptance_id: str, site: dict[str, Any]) -> HttpResponse:
    acceptance = one_of(DisputeAcceptance, acceptance_id)

    def verb(by: Actor, digest: str) -> "Model":
        if site["deed"] == "countersign":
            return payments.countersign_acceptance(acceptance_id=acceptance.id, digest=digest, by=by, now=clock.now())
        return payments.turn_down_acceptance(acceptance_id=acceptance.id, by=by, now=clock.now())

    facts = {"page": _PAGE, "dispute": dispute_for_staff(acceptance.dispute_id)}
    return decide(request, acceptance, verb, site | facts)


def answer(request: HttpRequest, dispute_id: str, site: dict[str, Any]) -> HttpResponse:
    """One person's act: it moves no money, and the issuer decides about it."""
    dispute = dispute_for_staff(dispute_id)
    form = Statement(request.POST if request.method == "POST" else None)

    def verb(by: Actor) -> "Model":
        said = form.cleaned_data
        return payments.submit_evidence(
            dispute_id=dispute.id,
            facts={"statement": said["statement"]},
            file_ids=[file.id for file in dispute.files.all()],
            reason=said["reason"],
            by=by,
            now=clock.now(),
        )

    said = gettext("Done. It stands in the audit chain with your reason.")
    facts = {"page": "staff/dispute_answer.html", "dispute": dispute, "title": _("Answer for the shop")}
    return act(request, form, verb, said=said, site=site | facts)
