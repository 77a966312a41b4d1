"""Calendar periods of Tokyo, in which the amount that a grant allows is counted. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from payments.states import GrantPeriod


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open: `begin` is its first day, `end` the first day of the next one."""

    begin: date
    end: date


def period_of(day: date, period: GrantPeriod) -> Period | None:
    """The period that `day` lies in; none for a grant that counts none."""
    match period:
        case GrantPeriod.NONE:
            return None
        case GrantPeriod.DAY:
            return Period(day, day + timedelta(days=1))
        case GrantPeriod.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=7))
        case GrantPeriod.MONTH:
            first = day.replace(day=1)
            return Period(first, (first + timedelta(days=32)).replace(day=1))
        case GrantPeriod.YEAR:
            return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))
