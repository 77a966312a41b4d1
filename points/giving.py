"""What gifts and families share: how an address is read, how long points wait for whom, and when a day is over."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import date_format

from accounts.queries import newest_device_at, wallet_frozen_at
from common.clock import TOKYO, business_date
from points.errors import AddressNotReadable, WalletStandsStill

if TYPE_CHECKING:
    from accounts.models import Customer
    from points.models import PointsProgram

_LONGEST_ADDRESS: Final = 254


def read_address(text: str) -> str:
    """Lower case, as every sign-in is kept. Refuses: AddressNotReadable."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise AddressNotReadable from None
    if len(address) > _LONGEST_ADDRESS:
        raise AddressNotReadable
    return address


def refuse_if_frozen(customer: "Customer") -> None:
    """Call with the wallet locked, so that a brake pulled a moment ago counts. Refuses: WalletStandsStill."""
    if wallet_frozen_at(customer):
        raise WalletStandsStill


def held_until(customer: "Customer", program: "PointsProgram", *, now: datetime) -> datetime | None:
    """Until when a new passkey or device of this person keeps their points from others; None where all are old."""
    newest = newest_device_at(customer)
    if newest is None:
        return None
    until = newest + timedelta(days=program.new_passkey_hold_days)
    return until if now < until else None


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """Tokyo's day, half-open."""
    first = datetime.combine(business_date(now), time(), TOKYO)
    return first, first + timedelta(days=1)


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Tokyo's month, half-open."""
    first = business_date(now).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), TOKYO), datetime.combine(following, time(), TOKYO)


def seconds_until(then: datetime, *, now: datetime) -> int:
    return int((then - now).total_seconds()) + 1


def day_and_time(at: datetime) -> str:
    """In the language of the moment, in Tokyo's time."""
    return date_format(at.astimezone(TOKYO), "DATETIME_FORMAT")
