"""Take what is due, so that of several janitors and relays each takes something else.

Taking is a lease: the row is due again when nobody came back with an answer. Rows that somebody is working on are
skipped, not waited for.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Model, QuerySet

from common.db import transaction
from payments.models import Advice, Authentication, Authorization, CaseAnswer, Refund
from payments.states import AdviceStatus

SLACK: Final = timedelta(seconds=10)
"""Beyond the wire's own time limit: after both, whoever was at work on a row has left it behind."""


def lease_from(now: datetime) -> datetime:
    """Until when somebody who asks the network now may still come back with its answer."""
    return now + timedelta(seconds=settings.WIRE_TOTAL_SECONDS) + SLACK


def claim_due_authorizations(*, now: datetime, limit: int = 200) -> list[str]:
    return _claim(Authorization.objects.filter(next_inquiry_at__lte=now), "next_inquiry_at", now=now, limit=limit)


def claim_due_authentications(*, now: datetime, limit: int = 200) -> list[str]:
    """The payments whose authentications are due, each once."""
    due = _claim(Authentication.objects.filter(next_step_at__lte=now), "next_step_at", now=now, limit=limit)
    return list(Authentication.objects.filter(pk__in=due).values_list("payment_id", flat=True).distinct())


def claim_due_refunds(*, now: datetime, limit: int = 200) -> list[str]:
    return _claim(Refund.objects.filter(next_step_at__lte=now), "next_step_at", now=now, limit=limit)


def claim_due_advices(*, now: datetime, limit: int = 50) -> list[str]:
    due = Advice.objects.filter(status=AdviceStatus.DUE, next_try_at__lte=now)
    return _claim(due, "next_try_at", now=now, limit=limit)


def claim_due_case_answers(*, now: datetime, limit: int = 20) -> list[str]:
    due = CaseAnswer.objects.filter(status=AdviceStatus.DUE, next_try_at__lte=now)
    return _claim(due, "next_try_at", now=now, limit=limit)


@transaction
def _claim(due: QuerySet[Model], column: str, *, now: datetime, limit: int) -> list[str]:
    locked = due.select_for_update(skip_locked=True, no_key=True).order_by(column)
    ids: list[str] = list(locked.values_list("pk", flat=True)[:limit])
    due.model._default_manager.filter(pk__in=ids).update(**{column: lease_from(now)})  # noqa: SLF001 (Django's own name)
    return ids
