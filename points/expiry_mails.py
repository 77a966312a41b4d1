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


def mail_about_expiry(reader: "Customer", amount: Money, *, expires_at: datetime, now: datetime) -> None:
    mail_to(reader, lambda: _expiring(amount, expires_at), page="/points", now=now)


def _expiring(amount: Money, expires_at: datetime) -> Said:
    # It is the first instant that is too late: a midnight, so the day before is the last one.
    last_day = (expires_at - timedelta(microseconds=1)).astimezone(TOKYO)
    facts = {"points": points_text(amount), "day": date_format(last_day, "DATE_FORMAT")}
    lines = [
        _("{points} can be used until the end of {day} (Japan time). After that they are gone.").format(**facts),
        _("One point pays one yen at every shop here, and what expires first is used first."),
    ]
    return _("{points} will expire").format(**facts), lines
