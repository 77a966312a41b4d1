"""What the verbs of grants have in common: who may touch one, its limits, and how what happened is told."""

from datetime import date, datetime, timedelta
from typing import Any

from common.actors import Actor
from common.clock import business_date
from common.db import transaction_required
from common.money import MOST_MINOR, Money
from events import services as events
from merchants.states import MerchantStatus
from payments.errors import (
    GrantDayNotPossible,
    GrantLimitsNotPossible,
    GrantNotFound,
    GrantRequestExpired,
    MerchantNotOpen,
)
from payments.models import Grant
from payments.queries import grant_snapshot
from payments.states import LEAST_CARD_PART_MINOR, LONGEST_GRANT, GrantStatus


@transaction_required
def tell_grant(what: str, grant: Grant, *, by: Actor, now: datetime, **facts: Any) -> None:
    """Record an event about a grant, and a line in the audit chain: permissions are as grave as payments."""
    known = {"grant": grant.id, "customer": grant.customer_id, "wallet": grant.wallet_id, "card": grant.card_id}
    events.record_event(
        what,
        subject=grant.id,
        owner_ref=grant.merchant_id,
        by=by,
        at=now,
        data=grant_snapshot(grant),
        facts={**known, "merchant": grant.merchant_id, **facts},
    )
    events.write_audit(what, subject=grant.id, by=by, at=now, data={**known, "version": grant.version, **facts})


def refuse_unless_mine(grant: Grant, *, by: Actor, or_nobodys: bool = False) -> None:
    """To a customer another one's grant is as unknown as none. Whose shop asks, is the asker's door to know."""
    if by.kind == "cus" and grant.customer_id != by.ref and not (or_nobodys and grant.customer_id == ""):
        raise GrantNotFound


def refuse_unless_answerable(grant: Grant, *, customer_id: str, now: datetime) -> None:
    """The instant `expires_at` itself is too late. A grant that was answered is nobody's but its customer's."""
    if grant.customer_id not in {"", customer_id}:
        raise GrantNotFound
    if grant.status == GrantStatus.REQUESTED and now >= grant.expires_at:
        raise GrantRequestExpired
    if grant.merchant.status != MerchantStatus.ADMITTED:
        raise MerchantNotOpen


def refuse_limits(per_payment: Money, per_period: Money | None) -> None:
    """What no grant can have, whoever asks for it."""
    if not LEAST_CARD_PART_MINOR <= per_payment.minor <= MOST_MINOR:
        raise GrantLimitsNotPossible
    if per_period is not None and not per_payment.minor <= per_period.minor <= MOST_MINOR:
        raise GrantLimitsNotPossible


def refuse_day(until: date, *, now: datetime) -> None:
    today = business_date(now)
    latest = today + timedelta(days=LONGEST_GRANT.days)
    if not today <= until <= latest:
        raise GrantDayNotPossible(latest=latest.isoformat())


def lowered(grant: Grant, *, per_payment: Money | None, per_period: Money | None, until: date | None) -> dict[str, Any]:
    """The columns of `grant` with these limits, where they are given. Refuses (GrantLimitsNotPossible) higher ones."""
    new_payment = grant.limit_per_payment if per_payment is None else per_payment
    new_period = grant.limit_per_period if per_period is None else per_period
    if new_payment.currency != grant.currency or new_payment > grant.limit_per_payment:
        raise GrantLimitsNotPossible
    if grant.limit_per_period is None or new_period is None:
        if per_period is not None:
            raise GrantLimitsNotPossible
    elif new_period.currency != grant.currency or new_period > grant.limit_per_period:
        raise GrantLimitsNotPossible
    elif per_payment is None:
        # Who lowers the larger limit below the smaller one has lowered both.
        new_payment = min(new_payment, new_period)
    if until is not None and until > grant.until:
        raise GrantLimitsNotPossible
    refuse_limits(new_payment, new_period)
    return {
        "limit_per_payment_minor": new_payment.minor,
        "limit_per_period_minor": None if new_period is None else new_period.minor,
        "until": until or grant.until,
    }
