"""What has not ended by itself yet, and why: for the staff's list. Each question reads a partial index."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from events.queries import latest_events
from payments.models import Advice, Authorization, Refund
from payments.states import (
    INQUIRY_AFTER,
    PERSON_AFTER,
    AdviceKind,
    AdviceStatus,
    AuthorizationStatus,
    RefundStatus,
)
from payments.types import OpenCase

MOST: Final = 200
"""Of each kind: more is an outage, which no list of rows explains."""
LONG: Final = timedelta(hours=1)
"""A refund that takes longer than this is worth a look; so long some issuers need anyway."""
REMEMBERED: Final = timedelta(days=14)
"""For how long what a person was called about stays on the list: nobody ticks it off."""


def open_cases(*, now: datetime) -> list[OpenCase]:
    """What a person was called about first, then by age."""
    cases = [*_unknown(), *_advices(), *_refunds(now=now), *_called(now=now), *_notices(now=now)]
    return sorted(cases, key=lambda case: (not case.needs_person, case.since))


def _unknown() -> Iterator[OpenCase]:
    waiting = [AuthorizationStatus.AUTHENTICATING, AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN]
    rows = Authorization.objects.filter(status__in=waiting).order_by("begun_at")[:MOST]
    reversing = {
        advice.authorization_id: advice
        for advice in Advice.objects.filter(
            authorization__in=[row.pk for row in rows], kind=AdviceKind.REVERSAL, status=AdviceStatus.DUE
        )
    }
    for row in rows:
        advice = reversing.get(row.id)
        if advice:
            why = _("No answer. It is being reversed: told {count} times, not acknowledged.").format(
                count=advice.attempts
            )
        elif row.status == AuthorizationStatus.AUTHENTICATING:
            why = _("The cardholder or the issuer’s 3-D Secure has not answered yet.")
        elif row.unknown_since:
            why = _("No answer. The network was asked {count} of {most} times what became of it.").format(
                count=row.inquiries, most=len(INQUIRY_AFTER)
            )
        else:
            why = _("Sent, and not answered yet.")
        yield OpenCase(
            what=_("Authorization"),
            subject=row.id,
            payment_id=row.payment_id,
            amount=row.amount,
            why=why,
            since=row.unknown_since or row.begun_at,
            next_step_at=advice.next_try_at if advice else row.next_inquiry_at,
            needs_person=advice is not None and advice.attempts >= PERSON_AFTER,
        )


def _advices() -> Iterator[OpenCase]:
    """Those that nobody waits for: a reversal of an unknown outcome stands with its authorization."""
    due = Advice.objects.filter(status=AdviceStatus.DUE, attempts__gt=0).select_related("authorization")
    others = due.exclude(kind=AdviceKind.REVERSAL, authorization__status=AuthorizationStatus.UNKNOWN)
    for row in others.order_by("created_at")[:MOST]:
        yield OpenCase(
            what=_("Advice: {kind}").format(kind=row.get_kind_display()),
            subject=row.id,
            payment_id=row.authorization.payment_id,
            amount=row.amount,
            why=_("Told {count} times, not acknowledged.").format(count=row.attempts),
            since=row.created_at,
            next_step_at=row.next_try_at,
            needs_person=row.attempts >= PERSON_AFTER,
        )


def _refunds(*, now: datetime) -> Iterator[OpenCase]:
    rows = Refund.objects.filter(status=RefundStatus.PENDING, created_at__lte=now - LONG).order_by("created_at")
    for row in rows[:MOST]:
        asked = _("Sent; the network was asked {count} times and has not finished.").format(count=row.inquiries)
        yield OpenCase(
            what=_("Refund"),
            subject=row.id,
            payment_id=row.payment_id,
            amount=row.amount,
            why=asked if row.sent_at else _("Not sent yet: the capture that it gives back is not acknowledged."),
            since=row.created_at,
            next_step_at=row.next_step_at,
            needs_person=row.inquiries >= PERSON_AFTER,
        )


def _called(*, now: datetime) -> Iterator[OpenCase]:
    for event in latest_events("payment.needs_person", since=now - REMEMBERED, limit=MOST):
        yield OpenCase(
            what=_("A person was called"),
            subject=event.data["about"],
            payment_id=event.data["payment"],
            amount=None,
            why=event.data["why"],
            since=event.occurred_at,
            next_step_at=None,
            needs_person=True,
        )


def _notices(*, now: datetime) -> Iterator[OpenCase]:
    for event in latest_events("network.notice_not_placed", since=now - REMEMBERED, limit=MOST):
        yield OpenCase(
            what=_("Notice of the card network"),
            subject=event.subject,
            payment_id="",
            amount=None,
            why=_("It fits nothing of ours: {kind}, about {reference}, case {case}. Nothing was done.").format(
                kind=event.data["kind"], reference=event.data["reference"] or "—", case=event.data["case"] or "—"
            ),
            since=event.occurred_at,
            next_step_at=None,
            needs_person=True,
        )
