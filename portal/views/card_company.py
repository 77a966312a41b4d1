"""On the way to the card company and back: the issuer wants to see that it is its customer (3-D Secure).

Neither address of ours that others call has a session behind it. A browser that returns proves nothing; it only brings
its owner home, and is a reason to look. The result comes from the directory, to an address that only it was told.
"""

from http import HTTPStatus
from typing import Final, cast

from allauth.core import ratelimit
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import customer_of_user
from common import clock
from common.actors import SYSTEM
from common.errors import Kind, Refusal
from payments import services as payments
from payments.queries import challenge_of, payment_for_approval, payment_of_authentication
from portal.guards import CustomerRequest, customer_required
from portal.middleware import trusted_types
from portal.views._answers import see_other
from portal.views.approve import shop_facts

MOST_BYTES: Final = 16 * 1024
LOOK_AGAIN_SECONDS: Final = 3


@require_safe
@trusted_types
def confirm(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Where the payment waits for its customer: a form that leads to the card company's own page, and names it."""
    customer = customer_of_user(request.user)
    payment = payment_for_approval(payment_id, customer_id=customer.id if customer else "")
    challenge = challenge_of(payment)
    if challenge is None:
        return see_other("portal:approve_done", payment.id)
    facts = shop_facts(payment) | {"challenge": challenge, "where": challenge.origin.partition("://")[2]}
    response = render(request, "portal/approve_confirm.html", facts)
    if not challenge.url:
        # The card company asks in its own way; the page looks whether an answer has come.
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return response
    let_out = csp_replace({"form-action": ["'self'", challenge.origin]})
    return cast("HttpResponse", let_out(lambda _request: response)(request))


@require_POST
@customer_required
def leave(request: CustomerRequest, payment_id: str) -> HttpResponse:
    """The customer would rather use another card."""
    try:
        payments.leave_challenge(payment_id=payment_id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is not Kind.STATE:
            raise  # otherwise the card company was faster, and the next page says what became of it
    return see_other("portal:approve", payment_id)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, authentication_id: str) -> HttpResponse:
    """The notification URL: a form of the card company's page ends here. Nothing in it is read."""
    payment_id = payment_of_authentication(authentication_id)
    if payment_id is None:
        raise Http404
    # Beyond the limit the browser is only brought home: the janitor looks at the payment all the same.
    if request.method == "POST" and ratelimit.consume(request, action="come_back", key=authentication_id):
        payments.continue_payment(payment_id=payment_id, by=SYSTEM, now=clock.now())
    return see_other("portal:approve_done", payment_id)


@csrf_exempt
@require_POST
def results(request: HttpRequest, key: str) -> HttpResponse:
    """Where the directory brings results (RReq). What it says is for the safe to read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES or len(key) > 64:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not _may_bring(request, key):
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})
    try:
        text = request.read(MOST_BYTES + 1).decode()
    except UnicodeDecodeError:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    try:
        waited_for, answer = payments.hear_authentication(key=key, message=text.replace("\0", ""), now=clock.now())
    except Refusal as refusal:
        if refusal.kind is not Kind.UNAVAILABLE:
            raise
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    status = HTTPStatus.OK if waited_for else HTTPStatus.NOT_FOUND
    return HttpResponse(answer, status=status, content_type="application/json; charset=utf-8")


def _may_bring(request: HttpRequest, key: str) -> bool:
    """Not too often to one address, and nobody tries addresses by the thousand: each is a question to the safe."""
    return bool(
        ratelimit.consume(request, action="guess_results")
        and ratelimit.consume(request, action="hear_results", key=key)
    )
