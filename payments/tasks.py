"""Celery's doors. PostgreSQL says what is due; a lost wake-up costs a few seconds and nothing else."""

from typing import Final

from celery import shared_task

from common import clock
from common.actors import SYSTEM
from payments import services as payments
from payments.services.claim_due import SLACK

SCHEDULE: Final = {
    "payments.janitor": {"task": "payments.janitor", "schedule": 5.0},
    "payments.expire": {"task": "payments.expire", "schedule": 30.0},
    "payments.hear_notices": {"task": "payments.hear_notices", "schedule": 2.0},
    "payments.keep_deadlines": {"task": "payments.keep_deadlines", "schedule": 60.0},
    "payments.drop_orphaned_files": {"task": "payments.drop_orphaned_files", "schedule": 3_600.0},
    "payments.expire_acceptances": {"task": "payments.expire_acceptances", "schedule": 3_600.0},
    "payments.settle_shortfalls": {"task": "payments.settle_shortfalls", "schedule": 60.0},
}

_EXPIRES: Final = SLACK.total_seconds()
"""A task that has not begun by then would outlive its lease: the row is due again, and another task asks."""


@shared_task(name="payments.janitor")
def janitor(**_: object) -> None:
    """Take what nobody knows the outcome of, and ask about each in a task of its own."""
    now = clock.now()
    for authorization_id in payments.claim_due_authorizations(now=now):
        resolve_unknown.apply_async(kwargs={"authorization_id": authorization_id}, expires=_EXPIRES)
    for payment_id in payments.claim_due_authentications(now=now):
        continue_payment.apply_async(kwargs={"payment_id": payment_id}, expires=_EXPIRES)
    for refund_id in payments.claim_due_refunds(now=now):
        resolve_refund.apply_async(kwargs={"refund_id": refund_id}, expires=_EXPIRES)


@shared_task(name="payments.resolve_unknown", acks_late=True, reject_on_worker_lost=True)
def resolve_unknown(*, authorization_id: str, **_: object) -> None:
    """Safe to run twice: the verb does nothing once answered."""
    payments.resolve_unknown(authorization_id=authorization_id, now=clock.now())


@shared_task(name="payments.continue_payment", acks_late=True, reject_on_worker_lost=True)
def continue_payment(*, payment_id: str, **_: object) -> None:
    """Safe to run twice: one compare-and-set lets one of them ask the issuer."""
    payments.continue_payment(payment_id=payment_id, by=SYSTEM, now=clock.now())


@shared_task(name="payments.resolve_refund", acks_late=True, reject_on_worker_lost=True)
def resolve_refund(*, refund_id: str, **_: object) -> None:
    """Safe to run twice: a refund is sent once, and asked about as often as it takes."""
    payments.resolve_refund(refund_id=refund_id, now=clock.now())


@shared_task(name="payments.expire")
def expire(**_: object) -> None:
    payments.expire_payments(now=clock.now())
    payments.expire_grants(now=clock.now())


@shared_task(name="payments.hear_notices")
def hear_notices(**_: object) -> None:
    """What the card network told the safe unasked."""
    payments.hear_notices(now=clock.now())


@shared_task(name="payments.keep_deadlines")
def keep_deadlines(**_: object) -> None:
    payments.keep_deadlines(now=clock.now())


@shared_task(name="payments.settle_shortfalls")
def settle_shortfalls(**_: object) -> None:
    payments.settle_shortfalls(now=clock.now())


@shared_task(name="payments.drop_orphaned_files")
def drop_orphaned_files(**_: object) -> None:
    payments.drop_orphaned_files(now=clock.now())


@shared_task(name="payments.expire_acceptances")
def expire_acceptances(**_: object) -> None:
    payments.expire_acceptances(now=clock.now())
