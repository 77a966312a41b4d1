"""Where staff propose, countersign and turn down. The second person is shown exactly what would be done."""

from typing import Any, Final

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.ids import new_id
from common.money import pts
from common.staff_signatures import Proposed, decide, one_of, propose
from points import services as points
from points.models import PointsAdjustment, PointsProgram, ProgramProposal
from points.queries import newest_program, points_of

_PAGE: Final = "staff/points_signature.html"


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
        label=capfirst(_("effective from")),
        required=False,
        help_text=_("Japan time, such as 2026-12-01 00:00. Empty: from the second signature on."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        newest = newest_program()
        for name in PointsProgram.TERMS:
            self.fields[name] = forms.IntegerField(
                label=capfirst(_name_of(name)), min_value=0, initial=getattr(newest, name)
            )
        self.order_fields([*PointsProgram.TERMS, "effective_from", "reason"])

    @property
    def terms(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in PointsProgram.TERMS}


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

    return propose(request, form, verb, site | {"title": _("Propose an adjustment")})


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

    return propose(request, form, verb, site | {"title": _("Propose a change of the program")})


def decide_adjustment(request: HttpRequest, adjustment_id: str, site: dict[str, Any]) -> HttpResponse:
    adjustment = one_of(PointsAdjustment, adjustment_id)

    def verb(by: Actor, digest: str) -> Model:
        if site["deed"] == "countersign":
            return points.countersign_adjustment(adjustment_id=adjustment.id, digest=digest, by=by, now=clock.now())
        return points.turn_down_adjustment(adjustment_id=adjustment.id, by=by, now=clock.now())

    facts = {"page": _PAGE, "balance": points_of(adjustment.wallet_id, clock.now())}
    return decide(request, adjustment, verb, site | facts)


def decide_program(request: HttpRequest, proposal_id: str, site: dict[str, Any]) -> HttpResponse:
    proposal = one_of(ProgramProposal, proposal_id)

    def verb(by: Actor, digest: str) -> Model:
        if site["deed"] == "countersign":
            return points.countersign_program_change(proposal_id=proposal.id, digest=digest, by=by, now=clock.now())
        return points.turn_down_program_change(proposal_id=proposal.id, by=by, now=clock.now())

    return decide(request, proposal, verb, site | {"page": _PAGE, "lines": lines_of(proposal)})


def lines_of(proposal: ProgramProposal) -> list[tuple[str, int | None, int]]:
    """What would change: the term in words, its value in the version that it was written on, and the new one."""
    base = PointsProgram.objects.filter(number=proposal.base_number).first() or PointsProgram()
    return [(str(_name_of(name)), getattr(base, name), value) for name, value in proposal.terms.items()]


def _name_of(term: str) -> Any:
    return getattr(PointsProgram._meta.get_field(term), "verbose_name", term)  # noqa: SLF001 (Django's documented door)
