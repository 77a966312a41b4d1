"""Who may see the customer's pages. A person without a wallet is asked for a name first, and then comes back."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.guards import lead_to, recently_authenticated, signed_in_required
from accounts.queries import customer_of_user
from common.actors import Actor

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from accounts.models import Customer, User

__all__ = ["CustomerRequest", "SignedInRequest", "customer_required", "recently_authenticated", "signed_in_required"]

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)


class SignedInRequest(HttpRequest):
    user: "User"
    htmx: "HtmxDetails"


class CustomerRequest(SignedInRequest):
    customer: "Customer"
    actor: Actor


def customer_required(
    view: Callable[Concatenate[CustomerRequest, P], Answer],
) -> Callable[Concatenate[HttpRequest, P], Answer | HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Answer | HttpResponse:
        if not request.user.is_authenticated:
            return lead_to(settings.LOGIN_URL, request)
        customer = customer_of_user(request.user)
        if customer is None:
            return lead_to("account_welcome", request)
        asked = cast("CustomerRequest", request)
        asked.customer, asked.actor = customer, Actor(customer.id)
        return view(asked, *args, **kwargs)

    return guarded
