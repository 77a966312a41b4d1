"""What this room does when it hears an event, and the queues that the relay pumps for it."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import override

from accounts.queries import customer_by_id
from accounts.types import BRAND_NAMES
from common.db import transaction
from events import services as events
from events.types import Heard
from payments import services as payments
from payments.dispute_mails import tell_customer, tell_team
from payments.models import DisputeChange, Grant, Payment, Refund
from payments.permission import permission_of
from payments.states import OPEN_DISPUTES, GrantEnd, ReceiptKind


@transaction
def echo_payment(event: Heard, *, now: datetime) -> None:
    """Tell the customer on another channel what was approved in their name. The inbox keeps it to one mail."""
    payment = Payment.objects.select_related("shop", "merchant").get(pk=event.facts["payment"])
    customer = customer_by_id(payment.customer_id)
    events.queue_mail(
        to=customer.user.email,
        template="payment_echo",
        language=customer.user.language,
        context={
            "customer_name": customer.display_name,
            "shop_name": payment.shop.display_name,
            "legal_name": payment.merchant.legal_name,
            "amount": str(payment.amount),
            "points": f"{payment.points_minor:,}" if payment.points_minor else "",
            "card_part": str(payment.card_part),
            "card_brand": BRAND_NAMES.get(payment.card_brand, payment.card_brand),
            "card_last4": payment.card_last4,
            "payment_id": payment.id,
            "payment_url": _page_of(payment.id),
            "grant_url": _page_of_grant(payment.grant_id) if payment.grant_id else "",
            "at": event.at,
        },
        now=now,
    )


@transaction
def echo_grant(event: Heard, *, now: datetime) -> None:
    """Tell the customer on another channel what was permitted in their name, as it was signed."""
    _write_about_grant("grant_echo", event, now=now)


@transaction
def tell_of_stopped_grant(event: Heard, *, now: datetime) -> None:
    """The card company ended a permission: its customer did nothing, so they are told."""
    if event.facts["why"] == GrantEnd.BY_ISSUER:
        _write_about_grant("grant_stopped", event, now=now)


def _write_about_grant(template: str, event: Heard, *, now: datetime) -> None:
    grant = Grant.objects.select_related("shop", "merchant").get(pk=event.facts["grant"])
    customer = customer_by_id(grant.customer_id)
    with override(customer.user.language):
        sentence = permission_of(grant)
    events.queue_mail(
        to=customer.user.email,
        template=template,
        language=customer.user.language,
        context={
            "customer_name": customer.display_name,
            "shop_name": grant.shop.display_name,
            "legal_name": grant.merchant.legal_name,
            "sentence": sentence,
            "card_brand": BRAND_NAMES.get(grant.card_brand, grant.card_brand),
            "card_last4": grant.card_last4,
            "grant_id": grant.id,
            "grant_url": _page_of_grant(grant.id),
            "at": event.at,
        },
        now=now,
    )


@transaction
def echo_refund(event: Heard, *, now: datetime) -> None:
    refund = Refund.objects.select_related("payment__shop").get(pk=event.facts["refund"])
    customer = customer_by_id(event.facts["customer"])
    events.queue_mail(
        to=customer.user.email,
        template="refund_echo",
        language=customer.user.language,
        context={
            "customer_name": customer.display_name,
            "shop_name": refund.payment.shop.display_name,
            "amount": str(refund.amount),
            "points": f"{refund.points_minor:,}" if refund.points_minor else "",
            "card_part": str(refund.card_part),
            "card_brand": BRAND_NAMES.get(refund.payment.card_brand, refund.payment.card_brand),
            "card_last4": refund.payment.card_last4,
            "payment_id": refund.payment_id,
            "payment_url": _page_of(refund.payment_id),
            "at": event.at,
        },
        now=now,
    )


def _page_of_grant(grant_id: str) -> str:
    return f"{settings.BASE_URL}/grants/{grant_id}"


def _page_of(payment_id: str) -> str:
    """The customer's page of the payment: where they see all of it, and freeze the card if it wasn't them."""
    return f"{settings.BASE_URL}/payments/{payment_id}"


def withhold_what_is_free(event: Heard, *, now: datetime) -> None:
    payments.withhold_again(payment_id=event.facts["payment"], now=now)


def settle_what_was_reported(event: Heard, *, now: datetime) -> None:
    payments.close_refunded_case(payment_id=event.facts["payment"], now=now)


@transaction
def owe_receipt_of_capture(event: Heard, *, now: datetime) -> None:
    _owe_receipt(event, kind=ReceiptKind.CAPTURE, about_ref=event.facts["capture"], now=now)


@transaction
def owe_receipt_of_refused_capture(event: Heard, *, now: datetime) -> None:
    _owe_receipt(event, kind=ReceiptKind.CAPTURE_REFUSED, about_ref=event.facts["capture"], now=now)


@transaction
def owe_receipt_of_refund(event: Heard, *, now: datetime) -> None:
    _owe_receipt(event, kind=ReceiptKind.REFUND, about_ref=event.facts["refund"], now=now)


@transaction
def owe_receipt_of_ended_dispute(event: Heard, *, now: datetime) -> None:
    """A case may be opened again and end once more: each end is a statement of its own."""
    ends = DisputeChange.objects.filter(dispute_id=event.subject, at__lte=event.at).exclude(new__in=OPEN_DISPUTES)
    if end := ends.order_by("-version").first():
        _owe_receipt(event, kind=ReceiptKind.DISPUTE, about_ref=end.id, now=now)


def _owe_receipt(event: Heard, *, kind: ReceiptKind, about_ref: str, now: datetime) -> None:
    """Signing is a call to the safe, so it is not done here: the queue below does it, once, whatever crashes."""
    payments.note_receipt_due(
        kind=kind,
        about_ref=about_ref,
        payment_id=event.facts["payment"],
        wallet_id=event.facts["wallet"],
        happened_at=event.at,
        now=now,
    )


HANDLERS = {
    "dispute.accepted": [tell_customer, owe_receipt_of_ended_dispute],
    "dispute.closed": [tell_customer, owe_receipt_of_ended_dispute],
    "dispute.evidence_submitted": [tell_customer],
    "dispute.lost": [tell_customer, owe_receipt_of_ended_dispute],
    "dispute.opened": [tell_team],
    "dispute.response_due": [tell_team],
    "dispute.won": [tell_customer, owe_receipt_of_ended_dispute],
    "grant.approved": [echo_grant],
    "grant.ended": [tell_of_stopped_grant],
    "payment.authorized": [echo_payment],
    "payment.captured": [owe_receipt_of_capture],
    "payment.capture_refused": [owe_receipt_of_refused_capture],
    "refund.succeeded": [echo_refund, settle_what_was_reported, owe_receipt_of_refund],
    "refund.failed": [withhold_what_is_free],
}


def send_advices(now: datetime) -> int:
    return payments.send_advices(now)


def send_case_answers(now: datetime) -> int:
    return payments.send_case_answers(now)


def issue_receipts(now: datetime) -> int:
    return payments.issue_receipts(now)


PUMPS = [send_advices, send_case_answers, issue_receipts]
