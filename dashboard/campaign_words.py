"""The terms of a campaign, and what happened to it, in the words of those who pay for it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from common.clock import business_date
from points.campaign_words import gives, written_day
from points.campaigns import Terms
from points.states import Combining, Weekday

if TYPE_CHECKING:
    from points.models import Campaign

Words = str | Promise

# fmt: off
CAMPAIGN_STORY: Final[dict[str, tuple[Words, str, str]]] = {
    "create":   (gettext_lazy("It was written"),                           "",     "leaf"),
    "change":   (gettext_lazy("Its terms were changed"),                   "",     "settings"),
    "schedule": (gettext_lazy("It was started, and waits for its first day"), "wait", "calendar"),
    "start":    (gettext_lazy("It began to give points"),                  "good", "done"),
    "pause":    (gettext_lazy("It was paused"),                            "wait", "clock"),
    "exhaust":  (gettext_lazy("Everything was given"),                     "wait", "info"),
    "end":      (gettext_lazy("It ended"),                                 "",     "no"),
}
"""Title, tone and picture of each line of a campaign's history."""
# fmt: on

BY_ITSELF: Final = gettext_lazy("by itself")


def window(terms: Terms) -> str:
    """From when until when, both days included."""
    first, last = terms.starts_on, terms.ends_before and terms.ends_before - timedelta(days=1)
    if first and last:
        return _("{first} to {last}").format(first=written_day(first), last=written_day(last))
    if first:
        return _("from {first}").format(first=written_day(first))
    if last:
        return _("until {last}").format(last=written_day(last))
    return _("until you end it")


def days_of(campaign: "Campaign") -> str:
    """The same, or the day on which somebody ended it before its last one."""
    ended_on = campaign.ended_at and business_date(campaign.ended_at)
    if ended_on and not campaign.terms.is_over_on(ended_on):
        return _("ended on {day}").format(day=written_day(ended_on))
    return window(campaign.terms)


def facts_of(terms: Terms) -> list[tuple[str, str]]:
    """(what, how much) of every condition and limit that it has."""
    most = terms.most_points_per_customer
    said = [
        (pgettext("campaign", "Name"), terms.name),
        (_("Gives"), gives(terms)),
        (_("Minimum spend"), str(terms.minimum_spend) if terms.minimum_spend else ""),
        (_("Only these items"), ", ".join(terms.skus)),
        (_("Only these categories"), ", ".join(terms.categories)),
        (_("Customers"), _("only with their first purchase") if terms.first_purchase_only else ""),
        (_("Days"), window(terms)),
        (_("Weekdays"), ", ".join(str(Weekday(day).label) for day in terms.weekdays)),
        (_("Budget"), str(terms.budget)),
        (_("Most points for one customer"), "" if most is None else f"{most.minor:,}"),
        (_("Most purchases of one customer"), _count(terms.most_purchases_per_customer)),
        (_("Most purchases in all"), _count(terms.most_purchases)),
        (_("Beside other campaigns"), str(Combining(terms.combining).label)),
    ]
    return [(what, how_much) for what, how_much in said if how_much]


def changes_between(old: Terms, new: Terms) -> list[tuple[str, str, str]]:
    """(what, before, after) of what differs; a condition that is not there is an empty text."""
    before, after = dict(facts_of(old)), dict(facts_of(new))
    names = dict.fromkeys([*before, *after])
    told = [(name, before.get(name, ""), after.get(name, "")) for name in names]
    return [one for one in told if one[1] != one[2]]


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
