"""Something is wrong with a payment: tell the shop, or say that it wasn't me; and take it back again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from common.errors import Kind, Refusal
from payments import services as payments
from payments.errors import DisputeNotFound
from payments.queries import open_case_of_customer, payment_of_customer, problems_to_report
from payments.states import DisputeReason
from portal.forms import ProblemForm
from portal.guards import CustomerRequest, customer_required
from portal.views._answers import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def report(request: CustomerRequest, payment_id: str) -> HttpResponse:
    payment = payment_of_customer(request.customer.id, payment_id)
    problems = problems_to_report(payment)
    if not problems:
        return see_other("portal:payment", payment.id)
    form = ProblemForm(
        request.POST if request.method == "POST" else None, problems=problems, has_card=bool(payment.card_id)
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        problem = DisputeReason(asked["problem"])
        try:
            payments.report_problem(
                payment_id=payment.id,
                customer_id=request.customer.id,
                problem=problem,
                words=asked["words"],
                freeze_card=asked.get("freeze", False),
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            said = (
                _("Thank you. Our staff has been told, and looks at it.")
                if problem == DisputeReason.FRAUDULENT
                else _("The shop has been told. Its answer will stand here.")
            )
            messages.success(request, said)
            return see_other("portal:payment", payment.id)
    facts = {"payment": payment, "shop": payment.shop, "form": form}
    return render(request, "portal/problem.html", facts, status=422 if form.errors else 200)


@require_POST
@customer_required
def withdraw(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """It arrived after all, or was settled otherwise."""
    payment = payment_of_customer(request.customer.id, payment_id)
    case = open_case_of_customer(payment)
    if case is None:
        raise DisputeNotFound
    payments.withdraw_problem(dispute_id=case.id, customer_id=request.customer.id, by=request.actor, now=clock.now())
    messages.success(request, _("The case is closed."))
    return see_other("portal:payment", payment.id)
