"""The terms of a campaign in the words of those who buy: what it gives, and on what conditions.

Its budget is its shop's, and told to nobody else.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.money import percent_text
from points.campaigns import Terms
from points.states import Weekday


def gives(terms: Terms) -> str:
    """What a purchase earns, in a few words."""
    if terms.points is not None:
        return _("{points} points for each purchase").format(points=f"{terms.points.minor:,}")
    return _("{percent} of what the card pays").format(percent=percent_text(terms.rate_basis_points or 0))


def conditions(terms: Terms) -> list[str]:
    """A line for each condition that the terms have, for a customer who may buy today."""
    return [*_which_purchases(terms), *_when(terms), *_how_much(terms)]


def written_day(day: date) -> str:
    return date_format(day, "Y年n月j日" if get_language() == "ja" else "j M Y")


def _which_purchases(terms: Terms) -> Iterator[str]:
    if terms.minimum_spend:
        yield _("from {amount} on").format(amount=terms.minimum_spend)
    if terms.skus:
        yield _("for certain goods only")
    if terms.categories:
        yield _("only for: {names}").format(names=", ".join(terms.categories))
    if terms.first_purchase_only:
        yield _("only for your first purchase at this shop")


def _when(terms: Terms) -> Iterator[str]:
    if terms.weekdays:
        names = ", ".join(str(Weekday(day).label) for day in sorted(terms.weekdays))
        yield _("on these days: {names}").format(names=names)
    if terms.ends_before:
        yield _("until {last}").format(last=written_day(terms.ends_before - timedelta(days=1)))


def _how_much(terms: Terms) -> Iterator[str]:
    if terms.most_points_per_customer is not None:
        most = terms.most_points_per_customer.minor
        yield ngettext("{most} point for you at most", "{most} points for you at most", most).format(most=f"{most:,}")
    if terms.most_purchases_per_customer is not None:
        most = terms.most_purchases_per_customer
        yield ngettext("for {most} purchase of yours", "for {most} purchases of yours", most).format(most=f"{most:,}")
