"""How a report of fraud is told: the network's, or a customer's own."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from events import services as events
from payments.models import FraudReport, Payment
from payments.queries.disputes import fraud_report_snapshot
from payments.states import FraudSource


@transaction_required
def tell_fraud(report: FraudReport, payment: Payment, *, by: Actor, now: datetime) -> None:
    """The shop is warned of what is about its own sale; that the card was misused elsewhere is for the staff."""
    events.record_event(
        "fraud_report.received",
        subject=report.id,
        owner_ref="" if report.source == FraudSource.ELSEWHERE else report.merchant_id,
        by=by,
        at=now,
        data=fraud_report_snapshot(report),
        facts={
            "payment": payment.id,
            "report": report.id,
            "source": str(report.source),
            "merchant": report.merchant_id,
            "customer": payment.customer_id,
        },
    )
