"""Giving money back: one page that says what will happen, and one button."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from dashboard.forms import RefundForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import effect_of, effect_ticket
from dashboard.views._answers import answer, see_other
from merchants.states import May
from payments import services as payments
from payments.queries import capture_of, payment_of_merchant
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
        initial = {"ticket": ticket, "reason": RefundReason.REQUESTED_BY_CUSTOMER}
        return _asked(request, payment, RefundForm(initial=initial))
    form = RefundForm(request.POST)
    refund_id = effect_of(form.data.get("ticket", ""), request, "ref", about=payment.id)
    if form.is_valid() and not refund_id:
        form.add_error(None, _("The form was too old. Nothing was done; please try again."))
    if form.is_valid():
        try:
            made = payments.refund_payment(
                payment_id=payment.id,
                refund_id=refund_id,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            _say(request, made)
            return see_other(request, "payment", payment.id)
    return _asked(request, payment, form)


def _asked(request: MemberRequest, payment: "Payment", form: RefundForm) -> HttpResponse:
    facts = {
        "payment": payment,
        "capture": capture_of(payment),
        "lot": points_earned_by([payment.id]).get(payment.id),
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
