"""What a change of rules allows now, in sentences for the mail that tells of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.categories import Category
from common.money import yen

_LIMITS: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    "per_payment_minor": (
        gettext_lazy("Per payment: {after} instead of {before}"),
        gettext_lazy("Per payment: no limit any more, {before} before"),
    ),
    "per_day_minor": (
        gettext_lazy("Per day: {after} instead of {before}"),
        gettext_lazy("Per day: no limit any more, {before} before"),
    ),
    "per_month_minor": (
        gettext_lazy("Per month: {after} instead of {before}"),
        gettext_lazy("Per month: no limit any more, {before} before"),
    ),
}


def what_is_allowed_now(names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """In the language of the moment; `names` are those that `loosened` found."""
    return [line for name in names for line in _lines(name, before, after)]


def _lines(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    match name:
        case "hours" if after["hour_from"] is None:
            yield _("At any hour of the day")
        case "hours":
            yield _("Hours: from {hour_from}:00 to {hour_to}:00 (Tokyo)").format(**after)
        case "blocked_categories":
            for category in sorted(set(before[name]) - set(after[name])):
                yield _("Allowed again: {category}").format(category=Category(category).label)
        case "ask_me_always":
            yield _("Shops with your permission may charge without asking you each time")
        case "blocked":
            yield _("The shop may be paid again")
        case _:
            limited, unlimited = _LIMITS[name]
            old, new = yen(before[name]), after[name]
            yield str(unlimited if new is None else limited).format(before=old, after=new and yen(new))
