"""Where staff let a merchant leave: one proposes, another countersigns, and both see what it means at that moment.

It stands on the roof, because what happens is spread over all rooms: sales, money, points, permissions, keys.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actors import Actor
from common.ids import new_id
from common.money import Money, yen
from common.staff_signatures import WHY, Proposed, decide, one_of, propose
from merchants import services as merchants
from merchants.models import ApiKey, Departure, Merchant
from payments.models import Dispute, Grant, Payment
from payments.models.payment import WAITS_FOR_CAPTURE
from payments.queries import balance_of
from payments.states import OPEN_DISPUTES, GrantStatus, PaymentStatus
from points.conversion_queries import permit_of
from points.models import Campaign, PointsLot
from points.queries import unfunded_of
from points.states import CampaignStatus, LotStatus

if TYPE_CHECKING:
    from django.db.models import Model

    from payments.types import MerchantBalance

_PAGE: Final = "staff/departure.html"
_LEFT_TO_CAPTURE: Final = F("amount_minor") - F("amount_captured_minor") - F("amount_released_minor")


@dataclass(frozen=True, slots=True)
class Several:
    """How many there are, and what they come to."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a merchant's leaving means, as things stand now."""

    to_approve: Several
    """Payments that no customer has approved: nobody can any more."""
    processing: Several
    to_capture: Several
    """What issuers promised and was not taken: it may be, until its day."""
    disputes: Several
    permissions: int
    balance: "MerchantBalance"
    live: Several
    """Lots that can be spent; their worth is set aside already."""
    pending: Several
    to_set_aside: Money
    campaigns: list[Campaign]
    takes_over_points: bool
    keys: list[ApiKey]

    @property
    def left_to_pay_out(self) -> Money:
        """What it is owed, less what pending points will take of it."""
        balance = self.balance
        return balance.available + balance.pending - balance.owed - self.to_set_aside

    @property
    def short_of(self) -> Money:
        return yen(-self.left_to_pay_out.minor)


def consequences(merchant: Merchant, *, now: datetime) -> Consequences:
    payments = Payment.objects.filter(merchant=merchant)
    lots = PointsLot.objects.filter(merchant_id=merchant.id)
    permit = permit_of(merchant.id)
    return Consequences(
        to_approve=_several(payments.filter(status=PaymentStatus.REQUIRES_APPROVAL), F("amount_minor")),
        processing=_several(payments.filter(status=PaymentStatus.PROCESSING), F("amount_minor")),
        to_capture=_several(payments.filter(WAITS_FOR_CAPTURE), _LEFT_TO_CAPTURE),
        disputes=_several(Dispute.objects.filter(merchant=merchant, status__in=OPEN_DISPUTES), F("amount_minor")),
        permissions=Grant.objects.filter(
            merchant=merchant, status__in=[GrantStatus.ACTIVE, GrantStatus.PAUSED, GrantStatus.REQUESTED]
        ).count(),
        balance=balance_of(merchant.id),
        live=_several(lots.filter(status=LotStatus.LIVE), F("remaining_minor") + F("held_minor"), "PTS"),
        pending=_several(lots.filter(status=LotStatus.PENDING), F("remaining_minor"), "PTS"),
        to_set_aside=unfunded_of(merchant.id),
        campaigns=list(Campaign.objects.filter(merchant_id=merchant.id).exclude(status=CampaignStatus.ENDED)),
        takes_over_points=permit is not None and permit.is_open,
        keys=[key for key in ApiKey.objects.filter(merchant=merchant).order_by("id") if key.is_live(now=now)],
    )


def _several(rows: "QuerySet[Any]", minor: Combinable, currency: str = "JPY") -> Several:
    found = rows.aggregate(count=Count("pk"), sum=Sum(minor, default=0))
    return Several(found["count"], Money(found["sum"], currency))


class DepartureForm(Proposed):
    PREFIX = "dpt"

    merchant = forms.CharField(max_length=40, widget=forms.HiddenInput)
    name_typed = forms.CharField(
        label=_("The merchant’s name"), help_text=_("Type it as it stands above."), max_length=60
    )
    reason = forms.CharField(label=_("Why"), help_text=WHY, max_length=200)
    field_order = ("reason", "name_typed")


def propose_departure(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    """Begun from a merchant's page; without one it says where that is."""
    asked = request.POST.get("merchant") or request.GET.get("merchant", "")
    merchant = Merchant.objects.filter(pk=asked).first() if asked else None
    if asked and merchant is None:
        raise Http404
    form = DepartureForm(request.POST or None, initial={"name": new_id("dpt"), "merchant": asked})

    def verb(by: Actor) -> "Model":
        said = form.cleaned_data
        return merchants.propose_departure(
            departure_id=said["name"],
            merchant_id=said["merchant"],
            name_typed=said["name_typed"],
            reason=said["reason"],
            by=by,
            now=clock.now(),
        )

    return propose(request, form, verb, site | _shown(merchant) | {"title": _("Propose that a merchant leaves")})


def decide_departure(request: HttpRequest, departure_id: str, site: dict[str, Any]) -> HttpResponse:
    departure = one_of(Departure, departure_id)

    def verb(by: Actor, digest: str) -> "Model":
        if site["deed"] == "countersign":
            return merchants.countersign_departure(departure_id=departure.id, digest=digest, by=by, now=clock.now())
        return merchants.turn_down_departure(departure_id=departure.id, by=by, now=clock.now())

    return decide(request, departure, verb, site | _shown(departure.merchant))


def _shown(merchant: Merchant | None) -> dict[str, Any]:
    if merchant is None:
        return {"page": _PAGE}
    return {"page": _PAGE, "merchant": merchant, "facts": consequences(merchant, now=clock.now())}
