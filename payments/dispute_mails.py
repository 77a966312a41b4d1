"""The mails about disputes: the shop's people hear what waits for them, the customer hears what became of it.

Each is queued in the commit of its handler, so hearing an event twice sends one mail.
"""

from datetime import datetime

from django.conf import settings

from accounts.queries import customer_by_id
from common.db import transaction
from events import services as events
from events.types import Heard
from merchants.queries import members_of
from merchants.states import ROLE_MAY, May, MemberStatus, Role
from payments.models import Dispute
from payments.states import DisputeOrigin


@transaction
def tell_team(event: Heard, *, now: datetime) -> None:
    """When it opens, and seven and two days before the time to answer is over: to whoever may answer."""
    dispute = Dispute.objects.select_related("payment__shop").get(pk=event.facts["dispute"])
    if not dispute.is_open or dispute.respond_by is None:
        return
    for member in members_of(dispute.merchant_id):
        if member.status != MemberStatus.ACTIVE or May.DISPUTES_WRITE not in ROLE_MAY[Role(member.role)]:
            continue
        events.queue_mail(
            to=member.email,
            template="dispute_waits",
            language=member.user.language if member.user else settings.LANGUAGE_CODE,
            context={
                "amount": str(dispute.amount),
                "reference": dispute.payment.merchant_reference,
                "shop_name": dispute.payment.shop.display_name,
                "is_inquiry": dispute.is_inquiry,
                "respond_by": dispute.respond_by,
                "dispute_id": dispute.id,
                "dispute_url": f"{settings.BASE_URL}/dashboard/{dispute.merchant_id}/disputes/{dispute.id}",
            },
            now=now,
        )


@transaction
def tell_customer(event: Heard, *, now: datetime) -> None:
    """How a case ended, and that the shop answered what its customer asked."""
    dispute = Dispute.objects.select_related("payment__shop").get(pk=event.facts["dispute"])
    asked_here = dispute.origin == DisputeOrigin.CUSTOMER
    if event.type == "dispute.evidence_submitted" and not asked_here:
        return
    customer = customer_by_id(event.facts["customer"])
    events.queue_mail(
        to=customer.user.email,
        template="dispute_news",
        language=customer.user.language,
        context={
            "customer_name": customer.display_name,
            "shop_name": dispute.payment.shop.display_name,
            "amount": str(dispute.amount),
            "happened": event.type.partition(".")[2],
            "because": dispute.closed_because,
            "payment_id": dispute.payment_id,
            "payment_url": f"{settings.BASE_URL}/payments/{dispute.payment_id}",
        },
        now=now,
    )
