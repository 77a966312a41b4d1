"""How the verbs of this room tell what happened, and what the network is told about a shop."""

from datetime import datetime
from typing import Any

from common.actors import SYSTEM, Actor
from common.db import transaction_required
from events import services as events
from payments.models import Payment, Refund
from payments.queries import payment_snapshot, refund_snapshot
from vault.types import MerchantFacts


@transaction_required
def tell(what: str, payment: Payment, *, by: Actor, now: datetime, **facts: Any) -> None:
    """Record an event about a payment: its snapshot for the shop, `facts` for our own handlers."""
    events.record_event(what, by=by, at=now, **told_of(payment, payment_snapshot(payment), **facts))


def told_of(payment: Payment, snapshot: dict[str, Any], /, **facts: Any) -> dict[str, Any]:
    """What an event about a payment says besides when and by whom."""
    known = {"payment": payment.id, "wallet": payment.wallet_id, "customer": payment.customer_id}
    return {
        "subject": payment.id,
        "owner_ref": payment.merchant_id,
        "data": snapshot,
        "facts": {**known, "merchant": payment.merchant_id, **facts},
    }


@transaction_required
def tell_refund(what: str, refund: Refund, payment: Payment, *, by: Actor, now: datetime) -> None:
    events.record_event(
        what,
        subject=refund.id,
        owner_ref=refund.merchant_id,
        by=by,
        at=now,
        data=refund_snapshot(refund),
        facts={
            "payment": payment.id,
            "refund": refund.id,
            "wallet": payment.wallet_id,
            "customer": payment.customer_id,
            "merchant": payment.merchant_id,
        },
    )


@transaction_required
def call_a_person(payment: Payment, *, about: str, why: str, now: datetime) -> None:
    """For the staff only: something here does not end by itself."""
    events.record_event(
        "payment.needs_person",
        subject=payment.id,
        by=SYSTEM,
        at=now,
        data={"payment": payment.id, "about": about, "why": why},
        facts={"payment": payment.id, "about": about},
    )
    events.write_audit("payment.needs_person", subject=payment.id, by=SYSTEM, at=now, data={"about": about, "why": why})


def merchant_facts(payment: Payment) -> MerchantFacts:
    merchant = payment.merchant
    return MerchantFacts(ref=merchant.id, name=merchant.display_name, mcc=merchant.category_code, city=merchant.city)
