"""Points campaigns: the list, one with its cost and effect, writing one beside its preview, and its acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from common.clock import TOKYO, business_date
from common.errors import Refusal
from common.money import Money, yen
from dashboard.campaign_forms import USUAL_DAYS, CampaignForm, written
from dashboard.campaign_words import BY_ITSELF, CAMPAIGN_STORY, changes_between, days_of, facts_of, window
from dashboard.guards import MemberRequest, member_required
from dashboard.once import effect_of, effect_ticket
from dashboard.searches import CampaignSearch
from dashboard.views._answers import Ways, answer, see_other, turned_to
from merchants.queries import api_keys_of, members_of
from merchants.states import May
from points import services as points
from points.campaign_queries import (
    campaign_of_merchant,
    campaigns_of_merchant,
    cost_of_campaign,
    effect_of_campaign,
    versions_of_campaign,
)
from points.campaign_words import gives
from points.states import CampaignStatus
from points.types import CampaignPreview

if TYPE_CHECKING:
    from points.campaigns import Terms
    from points.models import Campaign, CampaignVersion

ON_A_PAGE: Final = 25
DAYS: Final = 28
"""So many days of effect are drawn at once."""
BEFORE: Final = timedelta(days=7)
"""So much of the time before it began is drawn too, to compare with."""
_NOT_BEGUN: Final = {CampaignStatus.DRAFT, CampaignStatus.SCHEDULED}
_MAY_START: Final = {CampaignStatus.DRAFT, CampaignStatus.PAUSED, CampaignStatus.EXHAUSTED}
_MAY_PAUSE: Final = {CampaignStatus.SCHEDULED, CampaignStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of it is used, for a bar."""

    used: Money
    limit: Money

    @property
    def percent(self) -> int:
        return self.used.minor * 100 // self.limit.minor


@require_safe
@member_required(May.POINTS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    """Newest first, by key."""
    form = CampaignSearch(request.GET or None)
    kept = form.kept()
    found = partial(campaigns_of_merchant, request.merchant.id, **form.wanted())
    rows, page = turned_to(request, found, most=ON_A_PAGE)
    facts = {
        "form": form,
        "campaigns": [(one, gives(one.terms), days_of(one), _budget(one)) for one in rows],
        "page": page,
        "query": urlencode(kept),
        "filtered": bool(kept),
    }
    return answer(request, "campaigns", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(May.POINTS_WRITE)
def new(request: MemberRequest) -> HttpResponse:
    """Pressing twice writes one draft: the form names the campaign. With `preview` nothing is written at all."""
    about = "campaign"
    fresh = {"ticket": effect_ticket(request, "cmp", about=about)}
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=fresh)
    if _is_to_keep(request, form):
        campaign_id = effect_of(form.cleaned_data["ticket"], request, "cmp", about=about)
        if not campaign_id:
            form.add_error(None, _("The form was too old. Nothing was done; please try again."))
        else:
            try:
                points.create_campaign(
                    campaign_id=campaign_id,
                    merchant_id=request.merchant.id,
                    terms=form.terms(),
                    by=request.actor,
                    now=clock.now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("Kept as a draft. It gives nothing before you start it."))
                return see_other(request, "campaign", campaign_id)
    return _writing(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(May.POINTS_WRITE)
def change(request: MemberRequest, campaign_id: str) -> HttpResponse:
    """From this moment on, as a new version. Sending the same terms twice makes one version."""
    campaign = campaign_of_merchant(request.merchant.id, campaign_id)
    has_begun = campaign.status not in _NOT_BEGUN
    ticket = effect_ticket(request, "cmp", about=campaign.id)
    shown = {**written(campaign.terms), "ticket": ticket, "version": campaign.version}
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=shown, has_begun=has_begun)
    if _is_to_keep(request, form):
        try:
            points.change_campaign(
                campaign_id=campaign.id,
                changes=_members(form.terms()),
                version=form.cleaned_data["version"] or 0,  # a form without one has seen none
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Changed. It counts for purchases from now on."))
            return see_other(request, "campaign", campaign.id)
    return _writing(request, form, campaign=campaign)


@require_safe
@member_required(May.POINTS_READ)
def one(request: MemberRequest, campaign_id: str) -> HttpResponse:
    return _shown(request, campaign_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(May.POINTS_WRITE)
def start(request: MemberRequest, campaign_id: str) -> HttpResponse:
    """One page that says what it will cost at most, and one button."""
    campaign = campaign_of_merchant(request.merchant.id, campaign_id)
    refusal = ""
    if request.method == "POST":
        try:
            started = points.start_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
        except Refusal as refused:
            refusal = str(refused)
        else:
            if started.status == CampaignStatus.SCHEDULED:
                messages.success(request, _("Started. It waits for its first day."))
            else:
                messages.success(request, _("Started. Purchases earn its points from now on."))
            return see_other(request, "campaign", campaign.id)
    facts = {"campaign": campaign, "gives": gives(campaign.terms), "window": window(campaign.terms)}
    return answer(request, "campaign_start", {**facts, "refusal": refusal}, refused=bool(refusal))


@require_POST
@member_required(May.POINTS_WRITE)
def pause(request: MemberRequest, campaign_id: str) -> HttpResponse:
    campaign = campaign_of_merchant(request.merchant.id, campaign_id)
    try:
        points.pause_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        return _shown(request, campaign_id, refusal=str(refusal))
    messages.success(request, _("Paused. What is bought now earns nothing from it."))
    return see_other(request, "campaign", campaign.id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(May.POINTS_WRITE)
def end(request: MemberRequest, campaign_id: str) -> HttpResponse:
    """One page that says what it means, and one button: it cannot be taken up again."""
    campaign = campaign_of_merchant(request.merchant.id, campaign_id)
    if request.method == "POST":
        points.end_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
        messages.success(request, _("Ended. What it gave stays with your customers."))
        return see_other(request, "campaign", campaign.id)
    return answer(request, "campaign_end", {"campaign": campaign})


# --- Writing, beside the past -----------------------------------------------------------------------------------------


def _is_to_keep(request: MemberRequest, form: CampaignForm) -> bool:
    return request.method == "POST" and form.is_valid() and "preview" not in request.POST


def _members(terms: "Terms") -> dict[str, Any]:
    return {name: getattr(terms, name) for name in terms.__dataclass_fields__}


def _writing(request: MemberRequest, form: CampaignForm, *, campaign: "Campaign | None" = None) -> HttpResponse:
    preview = None
    if form.is_bound:
        if form.is_valid():
            preview = _tried(request, form, form.terms(), days=form.cleaned_data["days"] or USUAL_DAYS)
    elif campaign is not None:
        preview = _tried(request, form, campaign.terms, days=USUAL_DAYS)
    facts = {"form": form, "campaign": campaign, "preview": preview, "weeks": _weeks(preview)}
    return answer(request, "campaign_write", facts, refused=form.is_bound and bool(form.errors))


def _tried(request: MemberRequest, form: CampaignForm, terms: "Terms", *, days: int) -> CampaignPreview | None:
    """What these terms would have given; nothing when they are refused, and then the form says why."""
    now = clock.now()
    try:
        return points.preview_campaign(
            merchant_id=request.merchant.id, terms=terms, since=now - timedelta(days=days), now=now
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _weeks(preview: CampaignPreview | None) -> list[tuple[str, int]]:
    return [(_short(week.begins_on), week.points.minor) for week in preview.weeks] if preview else []


# --- One campaign -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """One version as a shop reads it: what happened, and what it changed."""

    title: str | Promise
    at: datetime
    tone: str
    icon: str
    who: str | Promise
    number: int
    changes: list[tuple[str, str, str]]
    terms: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Effect:
    """A stretch of days with and without the campaign, for pictures."""

    anything: bool
    purchases: list[tuple[str, int, int]]
    customers: list[tuple[str, int, int]]
    points: list[tuple[str, int]]
    average_with: Money | None
    average_without: Money | None
    page: Ways


def _shown(request: MemberRequest, campaign_id: str, *, refusal: str = "") -> HttpResponse:
    now = clock.now()
    campaign = campaign_of_merchant(request.merchant.id, campaign_id)
    may = request.can["points_write"]
    is_draft = campaign.status == CampaignStatus.DRAFT
    preview = (
        points.preview_campaign(merchant_id=request.merchant.id, terms=campaign.terms, now=now) if is_draft else None
    )
    facts: dict[str, Any] = {
        "campaign": campaign,
        "gives": gives(campaign.terms),
        "window": days_of(campaign),
        "terms": facts_of(campaign.terms),
        "cost": cost_of_campaign(campaign),
        "budget": _budget(campaign),
        "effect": _effect(request, campaign, now=now) if campaign.started_at else None,
        "preview": preview,
        "weeks": _weeks(preview),
        "story": _story(request, versions_of_campaign(campaign)),
        "may_change": may and campaign.status != CampaignStatus.ENDED,
        "may_start": may and campaign.status in _MAY_START,
        "may_pause": may and campaign.status in _MAY_PAUSE,
        "refusal": refusal,
    }
    return answer(request, "campaign", facts, refused=bool(refusal))


def _story(request: MemberRequest, versions: "list[CampaignVersion]") -> list[Moment]:
    names = _names(request)
    return [
        _told(version, names, before=before)
        for before, version in pairwise([None, *versions])
        if version is not None  # only the one before the first is
    ]


def _told(version: "CampaignVersion", names: Mapping[str, str], *, before: "CampaignVersion | None") -> Moment:
    title, tone, icon = CAMPAIGN_STORY[version.verb]
    return Moment(
        title,
        version.at,
        tone,
        icon,
        names.get(version.by, BY_ITSELF),
        version.number,
        changes_between(before.terms, version.terms) if before else [],
        facts_of(version.terms),
    )


def _names(request: MemberRequest) -> dict[str, str]:
    """Who of the merchant's own did something: people by address, keys by label."""
    people = {member.id: member.email for member in members_of(request.merchant.id)}
    return people | {key.id: key.label for key in api_keys_of(request.merchant.id)}


def _effect(request: MemberRequest, campaign: "Campaign", *, now: datetime) -> Effect:
    """DAYS days, the newest unless `older` or `newer` names where to go on; days without a purchase are there too."""
    started, latest = business_date(campaign.started_at or now), business_date(campaign.ended_at or now)
    earliest = min(max(started, campaign.starts_on or started) - BEFORE, latest)
    first = _first_day(request, earliest=earliest, latest=latest)
    last = min(first + timedelta(days=DAYS - 1), latest)
    found = effect_of_campaign(campaign, since=_midnight(first), until=_midnight(last + timedelta(days=1)))
    by_day = {one.day: one for one in found}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [(_short(day), by_day.get(day)) for day in days]
    return Effect(
        anything=bool(found),
        purchases=[(day, one.purchases, one.purchases_without) if one else (day, 0, 0) for day, one in rows],
        customers=[(day, one.customers, one.customers_without) if one else (day, 0, 0) for day, one in rows],
        points=[(day, one.points.minor if one else 0) for day, one in rows],
        average_with=_average([(one.base, one.purchases) for one in found]),
        average_without=_average([(one.base_without, one.purchases_without) for one in found]),
        page=Ways(
            newer=(last + timedelta(days=1)).isoformat() if last < latest else "",
            older=first.isoformat() if first > earliest else "",
        ),
    )


def _first_day(request: MemberRequest, *, earliest: date, latest: date) -> date:
    """Within what there is, whatever was asked for."""
    usual = latest - timedelta(days=DAYS - 1)
    if older := _asked_day(request, "older"):
        wanted = older - timedelta(days=DAYS)
    else:
        wanted = _asked_day(request, "newer") or usual
    return max(min(wanted, max(usual, earliest)), earliest)


def _asked_day(request: MemberRequest, name: str) -> date | None:
    try:
        asked = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    # The calendar ends where dates do, and so does subtracting from them.
    return asked if asked and 2000 <= asked.year <= 2999 else None


def _average(sums: list[tuple[Money, int]]) -> Money | None:
    """Of one purchase, in whole yen; None when there was none."""
    money, count = sum(base.minor for base, _purchases in sums), sum(purchases for _base, purchases in sums)
    return yen(money // count) if count else None


def _budget(campaign: "Campaign") -> Budget:
    return Budget(used=yen(campaign.used_minor), limit=yen(campaign.budget_minor))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=TOKYO)


def _short(day: date) -> str:
    return date_format(day, "n/j" if get_language() == "ja" else "j M")
