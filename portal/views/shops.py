"""The shops that I paid, with what I paid there."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.queries import shops_paid_by
from portal.guards import CustomerRequest, customer_required


@require_safe
@customer_required
def listed(request: CustomerRequest) -> HttpResponse:
    uses = shops_paid_by(request.customer.id)
    most = sorted(uses, key=lambda use: -use.paid.minor)[:8]
    facts = {"uses": uses, "picture": [(use.shop.display_name, use.paid.minor) for use in most if use.paid]}
    return render(request, "portal/shops.html", facts)
