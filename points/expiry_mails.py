"""The mail that points will expire."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.clock import TOKYO
from common.money import Money
from points.mails import Said, mail_to, points_text

if TYPE_CHECKING:
    from accounts.models import Customer


def mail_about_expiry(
    reader: "Customer", amount: Money, *, in_pool: Money, expires_at: datetime, now: datetime
) -> None:
    """`in_pool` is how many of them lie in the pool of the reader's family."""
    page = "/points/family" if in_pool == amount else "/points"
    mail_to(reader, lambda: _expiring(amount, in_pool, expires_at), page=page, now=now)


def _expiring(amount: Money, in_pool: Money, expires_at: datetime) -> Said:
    # It is the first instant that is too late: a midnight, so the day before is the last one.
    last_day = (expires_at - timedelta(microseconds=1)).astimezone(TOKYO)
    facts = {"points": points_text(amount), "day": date_format(last_day, "DATE_FORMAT")}
    pooled = _("{points} of these are in your family’s pool, and every member can draw them.")
    lines = [
        _("{points} can be used until the end of {day} (Japan time). After that they are gone.").format(**facts),
        *([pooled.format(points=points_text(in_pool))] if in_pool else []),
        _("One point pays one yen at every shop here, and what expires first is used first."),
    ]
    return _("{points} will expire").format(**facts), lines
