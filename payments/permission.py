"""What a grant allows, as one sentence that a customer reads before signing it, and wherever it is shown again.

A whole sentence for each case: languages put limit, period and day in different places.
"""

from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.money import Money
from payments.states import GrantKind, GrantPeriod

if TYPE_CHECKING:
    from payments.models import Grant

_ONCE: Final = _("{shop} may take up to {payment} once, until {until}.")
_IN_ALL: Final[dict[str, str | Promise]] = {
    GrantPeriod.DAY: _("{shop} may take up to {in_all} a day, until {until}."),
    GrantPeriod.WEEK: _("{shop} may take up to {in_all} a week, until {until}."),
    GrantPeriod.MONTH: _("{shop} may take up to {in_all} a month, until {until}."),
    GrantPeriod.YEAR: _("{shop} may take up to {in_all} a year, until {until}."),
}
_EACH_AND_IN_ALL: Final[dict[str, str | Promise]] = {
    GrantPeriod.DAY: _("{shop} may take up to {payment} each time and {in_all} a day in all, until {until}."),
    GrantPeriod.WEEK: _("{shop} may take up to {payment} each time and {in_all} a week in all, until {until}."),
    GrantPeriod.MONTH: _("{shop} may take up to {payment} each time and {in_all} a month in all, until {until}."),
    GrantPeriod.YEAR: _("{shop} may take up to {payment} each time and {in_all} a year in all, until {until}."),
}


def permission(  # noqa: PLR0913 (each is a fact of the sentence, and all are named)
    *, shop: str, kind: str, per_payment: Money, per_period: Money | None, period: str, until: date
) -> str:
    """In the language of the moment."""
    if kind == GrantKind.ONE_TIME or per_period is None:
        sentence: str | Promise = _ONCE
    else:
        sentence = (_IN_ALL if per_period == per_payment else _EACH_AND_IN_ALL)[period]
    return str(sentence).format(shop=shop, payment=per_payment, in_all=per_period, until=_written(until))


def permission_of(grant: "Grant") -> str:
    return permission(
        shop=grant.shop.display_name,
        kind=grant.kind,
        per_payment=grant.limit_per_payment,
        per_period=grant.limit_per_period,
        period=grant.period,
        until=grant.until,
    )


def _written(day: date) -> str:
    return date_format(day, "Y年n月j日" if get_language() == "ja" else "j M Y")
