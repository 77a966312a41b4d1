"""A shop asks a customer for a permission: once or repeating, how much each time and in a period, until which day.

Nobody is known yet who would give it: that is whose passkey signs. Asking again with the same `grant_id` (or the same
merchant reference under it) gives the first grant back, and changes nothing. `until` is the last day, in Tokyo.

Refuses: GrantReferenceUsed (another grant has this merchant reference, for ever), RepeatDiffers, MerchantNotOpen,
ReturnUrlNotRegistered, CurrencyNotAccepted, GrantLimitsNotPossible, GrantDayNotPossible, LifeNotPossible,
FactsTooLarge, and UnacceptableText for text that hides something.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from common.actors import Actor
from common.db import transaction
from common.insert_once import insert_once
from common.json import compact
from common.money import Money
from common.text import clean_line
from merchants.queries import merchant_by_id, shop_for_return_url
from merchants.states import MerchantStatus
from payments.errors import (
    CurrencyNotAccepted,
    FactsTooLarge,
    GrantLimitsNotPossible,
    GrantReferenceUsed,
    LifeNotPossible,
    MerchantNotOpen,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.models import Grant
from payments.services._grant import refuse_day, refuse_limits, tell_grant
from payments.services.create_payment import CURRENCIES, MOST_FACTS_BYTES
from payments.states import (
    GRANT_REQUEST_LIFE,
    LONGEST_GRANT_REQUEST_LIFE,
    SHORTEST_LIFE,
    GrantKind,
    GrantPeriod,
)


@transaction
def create_grant(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    grant_id: str,
    merchant_id: str,
    kind: str,
    limit_per_payment: Money,
    limit_per_period: Money | None = None,
    period: str = GrantPeriod.NONE,
    until: date,
    merchant_reference: str,
    return_url: str,
    description: str = "",
    metadata: Mapping[str, str] | None = None,
    expires_in_seconds: int | None = None,
    by: Actor,
    now: datetime,
) -> Grant:
    life = GRANT_REQUEST_LIFE if expires_in_seconds is None else timedelta(seconds=expires_in_seconds)
    asked = Grant(
        id=grant_id,
        merchant_id=merchant_id,
        kind=GrantKind(kind),
        currency=limit_per_payment.currency,
        limit_per_payment_minor=limit_per_payment.minor,
        limit_per_period_minor=None if limit_per_period is None else limit_per_period.minor,
        period=GrantPeriod(period),
        until=until,
        merchant_reference=clean_line(merchant_reference, 255),
        description=clean_line(description, 500, may_be_empty=True),
        return_url=return_url,
        metadata=dict(metadata or {}),
        expires_at=now + life,
        created_at=now,
        updated_at=now,
    )
    if first := _first_like(asked):
        return _repeated(first, asked, life)

    merchant = merchant_by_id(merchant_id)
    if merchant.status != MerchantStatus.ADMITTED:
        raise MerchantNotOpen
    shop = shop_for_return_url(merchant.id, return_url)
    if shop is None:
        raise ReturnUrlNotRegistered(url=return_url)
    asked.merchant, asked.shop = merchant, shop
    _refuse_what_cannot_be_asked(asked, limit_per_payment, limit_per_period, life, now=now)

    # Of two that ask at the same moment one inserts; the other waits for its commit here, and finds the first.
    if not insert_once(asked):
        return _repeated(_first_like(asked), asked, life)
    asked.remember("create", old="", by=by, now=now)
    tell_grant("grant.created", asked, by=by, now=now)
    return asked


def _first_like(asked: Grant) -> Grant | None:
    same = {"merchant_id": asked.merchant_id, "merchant_reference": asked.merchant_reference}
    grants = Grant.objects.select_related("merchant", "shop")
    return grants.filter(**same).first() or grants.filter(pk=asked.pk).first()


def _repeated(first: Grant | None, asked: Grant, life: timedelta) -> Grant:
    if first is None or (first.pk == asked.pk and first.merchant_id != asked.merchant_id):
        raise RepeatDiffers
    if first.pk != asked.pk:
        raise GrantReferenceUsed(grant_id=first.pk)
    # The customer may have lowered the limits since: what was asked stands in the first line of the history.
    terms = first.changes.get(version=1).terms
    question = ("kind", "currency", "period", "merchant_reference", "description", "return_url", "metadata")
    if any(getattr(first, name) != getattr(asked, name) for name in question) or terms != asked.terms():
        raise RepeatDiffers
    if first.expires_at - first.created_at != life:
        raise RepeatDiffers
    return first


def _refuse_what_cannot_be_asked(
    asked: Grant, per_payment: Money, per_period: Money | None, life: timedelta, *, now: datetime
) -> None:
    if asked.currency not in CURRENCIES or (per_period and per_period.currency != asked.currency):
        raise CurrencyNotAccepted(currency=asked.currency)
    once = asked.kind == GrantKind.ONE_TIME
    if once != (per_period is None) or once != (asked.period == GrantPeriod.NONE):
        raise GrantLimitsNotPossible
    refuse_limits(per_payment, per_period)
    refuse_day(asked.until, now=now)
    if not SHORTEST_LIFE <= life <= LONGEST_GRANT_REQUEST_LIFE:
        raise LifeNotPossible(
            least_seconds=int(SHORTEST_LIFE.total_seconds()),
            most_seconds=int(LONGEST_GRANT_REQUEST_LIFE.total_seconds()),
        )
    if len(compact([asked.description, asked.metadata]).encode()) > MOST_FACTS_BYTES:
        raise FactsTooLarge(most_bytes=MOST_FACTS_BYTES)
