"""Giving money back: one page that says what will happen, and one button."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from common.money import Money, pts
from dashboard.forms import RefundForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import effect_of, effect_ticket
from dashboard.views._answers import answer, see_other
from merchants.states import May
from payments import services as payments
from payments.queries import captures_of, payment_of_merchant
from payments.states import RefundReason, RefundStatus
from points.queries import points_earned_by

if TYPE_CHECKING:
    from payments.models import Payment, Refund


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.REFUNDS_WRITE)
def refund(request: MemberRequest, payment_id: str) -> HttpResponse:
    """Pressing twice refunds once: the form names the refund, and the second sending finds it made."""
    payment = payment_of_merchant(request.merchant.id, payment_id)
    if request.method != "POST":
        if not payment.refundable:
            return see_other(request, "payment", payment.id)
        ticket = effect_ticket(request, "ref", about=payment.id)
        amount, reason = payment.refundable.minor, RefundReason.REQUESTED_BY_CUSTOMER
        initial = {"ticket": ticket, "amount": amount, "reason": reason}
        return _asked(request, payment, RefundForm(initial=initial, captures=_choices(payment)))
    form = RefundForm(request.POST, captures=_choices(payment))
    refund_id = effect_of(form.data.get("ticket", ""), request, "ref", about=payment.id)
    if form.is_valid() and not refund_id:
        form.add_error(None, _("The form was too old. Nothing was done; please try again."))
    if form.is_valid():
        try:
            made = payments.refund_payment(
                payment_id=payment.id,
                refund_id=refund_id,
                amount=Money(form.cleaned_data["amount"], payment.currency),
                capture_id=form.cleaned_data.get("capture") or None,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.refuse(refusal)
        else:
            _say(request, made)
            return see_other(request, "payment", payment.id)
    return _asked(request, payment, form)


def _choices(payment: "Payment") -> list[tuple[str, str]]:
    """The captures of which something is left, where there are several."""
    left = [capture for capture in captures_of(payment) if capture.refundable]
    if len(left) < 2:
        return []
    moments = [date_format(timezone.localtime(one.created_at), "DATETIME_FORMAT") for one in left]
    return [(one.id, f"{moment} · {one.refundable}") for one, moment in zip(left, moments, strict=True)]


def _asked(request: MemberRequest, payment: "Payment", form: RefundForm) -> HttpResponse:
    captures, zero = captures_of(payment), Money(0, payment.currency)
    points = sum((capture.points_refundable for capture in captures), start=pts(0))
    facts = {
        "payment": payment,
        "card_part": payment.refundable - Money(points.minor, payment.currency),
        "points": points,
        "fee": sum((capture.fee_refundable for capture in captures), start=zero),
        "earned": bool(points_earned_by(payment.id)),
        "form": form,
    }
    return answer(request, "refund", facts, refused=bool(form.errors))


def _say(request: MemberRequest, made: "Refund") -> None:
    match made.status:
        case RefundStatus.SUCCEEDED:
            messages.success(request, _("Refunded. The customer has been told."))
        case RefundStatus.FAILED:
            messages.error(request, _("The refund did not go through. The amount is yours again."))
        case RefundStatus.PENDING:
            messages.info(request, _("The refund is under way. Its outcome will stand here."))
