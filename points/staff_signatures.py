"""Where staff propose, countersign and turn down. The second person is shown exactly what would be done."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.errors import Refusal
from common.ids import new_id, read_id
from common.money import pts
from points import services as points
from points.models import PointsAdjustment, PointsProgram, ProgramProposal
from points.models.second_signature import MOST_REASON
from points.queries import newest_program, points_of

_WHY: Final = _("It is written into the audit chain, and a second person reads it. Customers do not see it.")


DEEDS: Final = {"countersign": _("Countersign"), "turn_down": _("Turn down")}


class Proposed(forms.Form):
    """Says its own id, so that a form that is sent twice proposes once."""

    PREFIX: ClassVar[str]

    name = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), help_text=_WHY, max_length=MOST_REASON)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if read_id(name, prefix=self.PREFIX) is None:
            raise forms.ValidationError(_("Open this page again."))
        return name


class AdjustmentForm(Proposed):
    PREFIX = "adj"

    wallet = forms.CharField(
        label=_("Wallet"), max_length=40, help_text=_("wal_…, as on the pages of customers and lots.")
    )
    points = forms.IntegerField(
        label=_("Points"),
        help_text=_("With a minus they are taken, the oldest expiry first. The commerce pays for what is given."),
    )
    field_order = ("wallet", "points", "reason")


class ProgramForm(Proposed):
    """One number for each term, as it is now."""

    PREFIX = "ppr"

    effective_from = forms.DateTimeField(
        label=_("effective from"),
        required=False,
        help_text=_("Japan time, such as 2026-12-01 00:00. Empty: from the second signature on."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        newest = newest_program()
        for name in PointsProgram.TERMS:
            self.fields[name] = forms.IntegerField(label=_name_of(name), min_value=0, initial=getattr(newest, name))
        self.order_fields([*PointsProgram.TERMS, "effective_from", "reason"])

    @property
    def terms(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in PointsProgram.TERMS}


class Countersigned(forms.Form):
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


def propose_adjustment(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    form = AdjustmentForm(
        request.POST or None, initial={"name": new_id("adj"), "wallet": request.GET.get("wallet", "")}
    )

    def verb(by: Actor) -> Model:
        said = form.cleaned_data
        return points.propose_adjustment(
            adjustment_id=said["name"],
            wallet_id=said["wallet"].strip(),
            amount=pts(said["points"]),
            reason=said["reason"],
            by=by,
            now=clock.now(),
        )

    title = _("Propose an adjustment")
    return _act(request, form, verb, said=gettext("Proposed. It waits for a second person."), site=site, title=title)


def propose_program(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    form = ProgramForm(request.POST or None, initial={"name": new_id("ppr")})

    def verb(by: Actor) -> Model:
        return points.propose_program_change(
            proposal_id=form.cleaned_data["name"],
            terms=form.terms,
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            by=by,
            now=clock.now(),
        )

    title = _("Propose a change of the program")
    return _act(request, form, verb, said=gettext("Proposed. It waits for a second person."), site=site, title=title)


def decide_adjustment(request: HttpRequest, adjustment_id: str, site: dict[str, Any]) -> HttpResponse:
    adjustment = _one(PointsAdjustment, adjustment_id)

    def verb(by: Actor, digest: str) -> Model:
        if site["deed"] == "countersign":
            return points.countersign_adjustment(adjustment_id=adjustment.id, digest=digest, by=by, now=clock.now())
        return points.turn_down_adjustment(adjustment_id=adjustment.id, by=by, now=clock.now())

    facts = {"signature": adjustment, "balance": points_of(adjustment.wallet_id, clock.now())}
    return _decide(request, adjustment, verb, site=site | facts)


def decide_program(request: HttpRequest, proposal_id: str, site: dict[str, Any]) -> HttpResponse:
    proposal = _one(ProgramProposal, proposal_id)

    def verb(by: Actor, digest: str) -> Model:
        if site["deed"] == "countersign":
            return points.countersign_program_change(proposal_id=proposal.id, digest=digest, by=by, now=clock.now())
        return points.turn_down_program_change(proposal_id=proposal.id, by=by, now=clock.now())

    return _decide(request, proposal, verb, site=site | {"signature": proposal, "lines": lines_of(proposal)})


def lines_of(proposal: ProgramProposal) -> list[tuple[str, int | None, int]]:
    """What would change: the term in words, its value in the version that it was written on, and the new one."""
    base = PointsProgram.objects.filter(number=proposal.base_number).first() or PointsProgram()
    return [(str(_name_of(name)), getattr(base, name), value) for name, value in proposal.terms.items()]


def _name_of(term: str) -> Any:
    return getattr(PointsProgram._meta.get_field(term), "verbose_name", term)  # noqa: SLF001 (Django's documented door)


def _one(model: type[Any], signature_id: str) -> Any:
    found = model.objects.filter(pk=signature_id).first()
    if found is None:
        raise Http404
    return found


def _decide(
    request: HttpRequest,
    signature: PointsAdjustment | ProgramProposal,
    verb: Callable[[Actor, str], Model],
    *,
    site: dict[str, Any],
) -> HttpResponse:
    form = Countersigned(request.POST or None, initial={"digest": signature.digest})
    said, title = gettext("Done. It stands in the audit chain."), DEEDS[site["deed"]]
    return _act(request, form, lambda by: verb(by, form.cleaned_data["digest"]), said=said, site=site, title=title)


def _act(  # noqa: PLR0913 (one page)
    request: HttpRequest,
    form: forms.Form,
    verb: Callable[[Actor], Model],
    *,
    said: str,
    site: dict[str, Any],
    title: Any,
) -> HttpResponse:
    if form.is_valid():
        try:
            done = verb(Actor(str(request.user.pk)))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse(f"staff:points_{done._meta.model_name}_change", args=[done.pk]))  # noqa: SLF001 (as above)
    facts = {**site, "form": form, "title": title}
    return render(request, "staff/points_signature.html", facts, status=422 if form.errors else 200)
