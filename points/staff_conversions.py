"""Where staff let a shop take its old points over, change its limits, and stop it. What stands is shown beside it."""

from typing import Any, Final

from django import forms
from django.db.models import Count, Model, Sum
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.ids import new_id
from common.money import pts
from common.staff_signatures import WHY, Proposed, act, decide, one_of, propose
from merchants.queries import merchants_by_ids
from points import services as points
from points.conversion_queries import batches_of, conversion_keys_of, left_this_month, permit_of
from points.models import ConversionPermit, ConversionsProposal, PointsConversion, PointsConversionBatch
from points.services.propose_conversions import MOST_PER_MONTH
from points.states import ConversionStatus

_PAGE: Final = "staff/conversions.html"
_MOST_REASON: Final = 200


class PermitForm(Proposed):
    PREFIX = "cvr"

    merchant = forms.CharField(label=_("Merchant"), max_length=40, help_text=_("mer_…, as on the pages of merchants."))
    most_each = forms.IntegerField(
        label=_("Most points of one conversion"), min_value=1, max_value=MOST_PER_MONTH, initial=100_000
    )
    most_per_month = forms.IntegerField(
        label=_("Most points in a month"),
        help_text=_("Of Japan time. Each point is a debt of the merchant of one yen from the moment it is taken over."),
        min_value=1,
        max_value=MOST_PER_MONTH,
        initial=1_000_000,
    )
    reason = forms.CharField(label=_("Why"), help_text=WHY, max_length=_MOST_REASON)
    field_order = ("merchant", "most_each", "most_per_month", "reason")


class StopForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("It is written into the audit chain. It works at once; a second person is not needed to stop."),
        max_length=_MOST_REASON,
    )


def propose_permit(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    asked = request.GET.get("merchant", "")
    permit = permit_of(asked) if asked else None
    now_allowed = {"most_each": permit.most_each_minor, "most_per_month": permit.most_per_month_minor} if permit else {}
    form = PermitForm(request.POST or None, initial={"name": new_id("cvr"), "merchant": asked, **now_allowed})

    def verb(by: Actor) -> Model:
        said = form.cleaned_data
        return points.propose_conversions(
            proposal_id=said["name"],
            merchant_id=said["merchant"].strip(),
            most_each=pts(said["most_each"]),
            most_per_month=pts(said["most_per_month"]),
            reason=said["reason"],
            by=by,
            now=clock.now(),
        )

    title = _("Propose to allow conversions")
    return propose(request, form, verb, site | _shown(asked) | {"title": title})


def decide_permit(request: HttpRequest, proposal_id: str, site: dict[str, Any]) -> HttpResponse:
    proposal = one_of(ConversionsProposal, proposal_id)

    def verb(by: Actor, digest: str) -> Model:
        if site["deed"] == "countersign":
            return points.countersign_conversions(proposal_id=proposal.id, digest=digest, by=by, now=clock.now())
        return points.turn_down_conversions(proposal_id=proposal.id, by=by, now=clock.now())

    return decide(request, proposal, verb, site | _shown(proposal.merchant_id))


def stop(request: HttpRequest, permit_id: str, site: dict[str, Any]) -> HttpResponse:
    """The brake: one person, at once."""
    permit = one_of(ConversionPermit, permit_id)
    form = StopForm(request.POST or None)

    def verb(by: Actor) -> Model:
        reason = form.cleaned_data["reason"]
        return points.stop_conversions(merchant_id=permit.merchant_id, reason=reason, by=by, now=clock.now())

    said = gettext("Stopped. What was taken over goes on waiting for its owners.")
    title = _("Stop conversions")
    return act(request, form, verb, said=said, site=site | _shown(permit.merchant_id) | {"title": title})


def standing_of(merchant_id: str) -> str:
    """For a page of the admin: what is left of the month, keys, batches."""
    return render_to_string("staff/conversions_standing.html", standing(merchant_id))


def standing(merchant_id: str) -> dict[str, Any]:
    now, permit = clock.now(), permit_of(merchant_id)
    batches = batches_of(merchant_id)
    became = _became(batches)
    return {
        "permit": permit,
        "left": left_this_month(permit, now=now) if permit else None,
        "keys": conversion_keys_of(merchant_id),
        "batches": [(batch, _state(batch), became.get(batch.id, [])) for batch in batches],
    }


def _state(batch: PointsConversionBatch) -> Any:
    if batch.is_over(now=clock.now()):
        return pgettext_lazy("batch of conversions", "over")
    return pgettext_lazy("batch of conversions", "waits for owners")


def _became(batches: list[PointsConversionBatch]) -> dict[str, list[tuple[Any, int, Any]]]:
    """(status, how many, points) by batch. The shop learns it when the batch is over; staff see it at any time."""
    rows = PointsConversion.objects.filter(batch_id__in=[batch.id for batch in batches]).order_by()
    found: dict[str, list[tuple[Any, int, Any]]] = {}
    for row in rows.values("batch_id", "status").annotate(count=Count("id"), sum=Sum("points_minor")):
        told = (ConversionStatus(row["status"]).label, row["count"], pts(row["sum"]))
        found.setdefault(row["batch_id"], []).append(told)
    return found


def _shown(merchant_id: str) -> dict[str, Any]:
    merchant = merchants_by_ids([merchant_id]).get(merchant_id) if merchant_id else None
    if merchant is None:
        return {"page": _PAGE}
    return {"page": _PAGE, "merchant": merchant, **standing(merchant.id)}
