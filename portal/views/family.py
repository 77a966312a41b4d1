"""A family's pool of points: who belongs to it, what lies in it, putting in and drawing."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import wallet_of_customer
from common import clock
from points import services as points
from points.family_queries import family_of, invitations_for, moves_of
from points.queries import points_of
from portal.giving_forms import AmountForm, FamilyForm, InviteForm
from portal.guards import CustomerRequest, customer_required, recently_authenticated
from portal.views._answers import ask_who_it_is, proved, refusals_on, see_other, way_back


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    typed = {"amount": request.GET["amount"]} if "again" in request.GET and "amount" in request.GET else {}
    return _shown(request, put_in=AmountForm(initial=typed), draw=AmountForm(initial=typed))


@require_POST
@customer_required
def start(request: CustomerRequest) -> HttpResponse:
    form = FamilyForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            points.start_family(
                customer_id=request.customer.id, name=form.cleaned_data["name"], by=request.actor, now=clock.now()
            )
            messages.success(request, _("The family is there. Now invite somebody."))
            return see_other("portal:family")
    return _shown(request, start=form)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@customer_required
def invite(request: CustomerRequest) -> HttpResponse:
    """The answer is the same whether anybody has the address or not."""
    now = clock.now()
    family = family_of(request.customer, now=now)
    if family is None or not family.me.is_owner:
        return see_other("portal:family")
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_on(form):
            points.invite_member(
                customer_id=request.customer.id, email=form.cleaned_data["email"], by=request.actor, now=now
            )
            messages.success(request, _("The invitation is on its way. It lasts 14 days."))
            return see_other("portal:family")
    return render(
        request, "portal/family_invite.html", {"form": form, "family": family}, status=422 if form.errors else 200
    )


@require_POST
@customer_required
def join(request: CustomerRequest, family_member_id: str) -> HttpResponse:
    points.accept_invitation(
        customer_id=request.customer.id,
        member_id=family_member_id,
        verified_email=request.user.email,
        by=request.actor,
        now=clock.now(),
    )
    messages.success(request, _("You are in the family."))
    return see_other("portal:family")


@require_POST
@customer_required
def decline(request: CustomerRequest, family_member_id: str) -> HttpResponse:
    points.decline_invitation(
        member_id=family_member_id, verified_email=request.user.email, by=request.actor, now=clock.now()
    )
    messages.success(request, _("You said no. Whoever asked sees that."))
    return see_other("portal:family")


@require_POST
@customer_required
def put_in(request: CustomerRequest) -> HttpResponse:
    form = AmountForm(request.POST)
    if form.is_valid():
        if not proved(request):
            return ask_who_it_is(request, "portal:family")
        with refusals_on(form):
            points.put_in_points(
                customer_id=request.customer.id,
                amount=form.points,
                asked_as=form.cleaned_data["asked_as"],
                by=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("The points are in the pool."))
            return see_other("portal:family")
    return _shown(request, put_in=form)


@require_POST
@customer_required
def draw(request: CustomerRequest) -> HttpResponse:
    """Out of the pool, into my own wallet; and back to the payment that they are for, if one sent me here."""
    form = AmountForm(request.POST)
    if form.is_valid():
        if not proved(request):
            return ask_who_it_is(request, "portal:family")
        with refusals_on(form):
            points.draw_points(
                customer_id=request.customer.id,
                amount=form.points,
                asked_as=form.cleaned_data["asked_as"],
                by=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("The points are in your wallet."))
            return see_other(way_back(request, "portal:family"))
    return _shown(request, draw=form)


@require_POST
@recently_authenticated
@customer_required
def share(request: CustomerRequest) -> HttpResponse:
    """Switch putting in by itself on or off."""
    on = request.POST.get("on") == "yes"
    points.set_sharing(customer_id=request.customer.id, on=on, by=request.actor, now=clock.now())
    said = (
        _("What becomes ready from now on goes into the pool.")
        if on
        else _("What becomes ready from now on stays in your wallet.")
    )
    messages.success(request, said)
    return see_other("portal:family")


@require_POST
@recently_authenticated
@customer_required
def leave(request: CustomerRequest) -> HttpResponse:
    points.leave_family(wallet_id=wallet_of_customer(request.customer).id, by=request.actor, now=clock.now())
    messages.success(request, _("You have left the family. What was left of your own points is back in your wallet."))
    return see_other("portal:family")


@require_POST
@customer_required
def remove(request: CustomerRequest, family_member_id: str) -> HttpResponse:
    if not proved(request):
        return ask_who_it_is(request, "portal:family")
    wallet = wallet_of_customer(request.customer)
    points.remove_member(wallet_id=wallet.id, member_id=family_member_id, by=request.actor, now=clock.now())
    messages.success(request, _("They are no longer in the family."))
    return see_other("portal:family")


@require_POST
@recently_authenticated
@customer_required
def close(request: CustomerRequest) -> HttpResponse:
    points.close_family(wallet_id=wallet_of_customer(request.customer).id, by=request.actor, now=clock.now())
    messages.success(request, _("The family is closed. Everybody has what was left of their own points."))
    return see_other("portal:family")


def _shown(request: CustomerRequest, **forms: Form) -> HttpResponse:
    now = clock.now()
    family = family_of(request.customer, now=now)
    facts: dict[str, Any] = {
        "family": family,
        "moves": moves_of(family.family) if family else [],
        "invitations": invitations_for(request.customer, now=now),
        "points": points_of(wallet_of_customer(request.customer).id, now),
        "again": "again" in request.GET,
        "next": way_back(request, "portal:family"),
        "start": FamilyForm(),
        "put_in": AmountForm(auto_id="put_%s"),
        "draw": AmountForm(auto_id="draw_%s"),
        **forms,
    }
    for name in ("put_in", "draw"):
        facts[name].auto_id = f"{name}_%s"
    wrong = any(form.errors for form in forms.values())
    return render(request, "portal/family.html", facts, status=422 if wrong else 200)
