"""When points become spendable and when they stop: pure, in Tokyo's days and months."""

import calendar
from datetime import date, datetime, time, timedelta
from typing import Final

from common.clock import TOKYO, business_date

_MONTHS: Final = 12


def months_later(day: date, months: int) -> date:
    """The same day `months` later; the last of the month when there is no such day."""
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def available_from(captured_at: datetime, *, window_days: int) -> datetime:
    return captured_at + timedelta(days=window_days)


def expiry_of(live_from: datetime, *, months: int) -> datetime:
    """The midnight in Tokyo that ends the month `months` later. Half-open: at this instant it is too late."""
    last_month = months_later(business_date(live_from), months)
    return _midnight(months_later(last_month.replace(day=1), 1))


def grace_until(now: datetime, *, days: int) -> datetime:
    """The midnight in Tokyo that ends the last of these days, for points that come back after their expiry."""
    return _midnight(business_date(now) + timedelta(days=days + 1))


def _midnight(day: date) -> datetime:
    """The one that begins the day."""
    return datetime.combine(day, time(), TOKYO)
