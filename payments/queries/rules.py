"""What the customer's own rules say about a payment, and how much of each limit is used."""

from datetime import datetime
from typing import Final

from django.db.models import F, Q, QuerySet, Sum

from accounts.queries import rules_of
from payments.models import Grant, Payment
from payments.rules import Broken, Used, broken_by_permission, broken_rules, day_begins, month_begins
from payments.states import PaymentStatus

_CAME_TO_NOTHING: Final = (
    PaymentStatus.REQUIRES_APPROVAL,
    PaymentStatus.CANCELED,
    PaymentStatus.DECLINED,
    PaymentStatus.EXPIRED,
)
_COUNTS: Final = F("amount_minor") - F("amount_released_minor")
"""What was approved, less what the shop has let go of for good."""


def rules_against(payment: Payment, *, wallet_id: str, by_grant: bool, now: datetime) -> list[Broken]:
    """Every rule that stands against this payment now; none when it may pass.

    Two queries, and a third when a limit looks at earlier payments. Only who holds the wallet's lock may rely on the
    answer.
    """
    view = rules_of(wallet_id, merchant_id=payment.merchant_id)
    limits = (view.rules.per_day_minor, view.rules.per_month_minor, view.at(payment.merchant_id).per_month_minor)
    used = Used()
    if any(limit is not None for limit in limits):
        used = used_of(wallet_id, merchant_id=payment.merchant_id, but=payment.id, now=now)
    return broken_rules(
        view,
        amount_minor=payment.amount_minor,
        merchant_id=payment.merchant_id,
        category_code=payment.merchant.category_code,
        used=used,
        by_grant=by_grant,
        now=now,
    )


def rules_against_grant(grant: Grant, *, wallet_id: str) -> list[Broken]:
    """Every rule that stands against giving this permission: as long as one does, no charge under it would pass."""
    view = rules_of(wallet_id, merchant_id=grant.merchant_id)
    return broken_by_permission(view, merchant_id=grant.merchant_id, category_code=grant.merchant.category_code)


def used_of(wallet_id: str, *, merchant_id: str = "", but: str = "", now: datetime) -> Used:
    """What this wallet's owner approved today and this month, without the payment `but`."""
    sums = (
        _approved(wallet_id, now=now)
        .exclude(pk=but)
        .aggregate(
            day=Sum(_COUNTS, filter=Q(approved_at__gte=day_begins(now)), default=0),
            month=Sum(_COUNTS, default=0),
            shop=Sum(_COUNTS, filter=Q(merchant_id=merchant_id), default=0),
        )
    )
    return Used(day_minor=sums["day"], month_minor=sums["month"], shop_month_minor=sums["shop"])


def used_by_merchant(wallet_id: str, *, now: datetime) -> dict[str, int]:
    """Yen approved this month, by merchant."""
    rows = _approved(wallet_id, now=now).values_list("merchant_id")
    return dict(rows.annotate(sum=Sum(_COUNTS)).order_by())


def _approved(wallet_id: str, *, now: datetime) -> QuerySet[Payment]:
    """What counts this month, also while nobody knows what became of it."""
    rows = Payment.objects.filter(wallet_id=wallet_id, approved_at__gte=month_begins(now))
    return rows.exclude(status__in=_CAME_TO_NOTHING)
