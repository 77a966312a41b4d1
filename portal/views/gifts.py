"""Points from one customer to another: what waits for me, what I gave, and giving."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import wallet_of_customer
from common import clock
from points import services as points
from points.gift_queries import gift_rules, gifts_for, gifts_received, gifts_sent
from points.queries import points_of
from portal.giving_forms import GiftForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.views._answers import refusals_on, see_other


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    now, customer = clock.now(), request.customer
    facts = {
        "waiting": gifts_for(customer, now=now),
        "sent": gifts_sent(customer, now=now),
        "received": gifts_received(customer, now=now),
        "points": points_of(wallet_of_customer(customer).id, now),
    }
    return render(request, "portal/gifts.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@customer_required
def send(request: CustomerRequest) -> HttpResponse:
    """The answer is the same whether anybody has the address or not."""
    now = clock.now()
    form = GiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        with refusals_on(form):
            points.send_gift(
                customer_id=request.customer.id,
                to_email=asked["email"],
                amount=form.points,
                message=asked["message"],
                asked_as=asked["asked_as"],
                by=request.actor,
                now=now,
            )
            messages.success(
                request, _("The points are on their way. Until they are accepted, you can take them back.")
            )
            return see_other("portal:gifts")
    facts = {
        "form": form,
        "rules": gift_rules(request.customer, now=now),
        "points": points_of(wallet_of_customer(request.customer).id, now),
    }
    return render(request, "portal/gift_new.html", facts, status=422 if form.errors else 200)


@require_POST
@customer_required
def accept(request: CustomerRequest, gift_id: str) -> HttpResponse:
    points.accept_gift(
        customer_id=request.customer.id,
        gift_id=gift_id,
        verified_email=request.user.email,
        by=request.actor,
        now=clock.now(),
    )
    messages.success(request, _("The points are yours."))
    return see_other("portal:gifts")


@require_POST
@customer_required
def decline(request: CustomerRequest, gift_id: str) -> HttpResponse:
    points.decline_gift(
        wallet_id=wallet_of_customer(request.customer).id,
        gift_id=gift_id,
        verified_email=request.user.email,
        by=request.actor,
        now=clock.now(),
    )
    messages.success(request, _("The points went back to the sender."))
    return see_other("portal:gifts")


@require_POST
@customer_required
def cancel(request: CustomerRequest, gift_id: str) -> HttpResponse:
    """Take it back, as long as nobody has accepted it."""
    points.cancel_gift(
        wallet_id=wallet_of_customer(request.customer).id, gift_id=gift_id, by=request.actor, now=clock.now()
    )
    messages.success(request, _("The points are back."))
    return see_other("portal:gifts")
