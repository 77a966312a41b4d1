"""Who may see a shop's pages: a person of its team, in a role that may. To everybody else the shop is not there."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.guards import lead_to
from common.actors import Actor
from merchants.errors import MerchantNotFound
from merchants.queries import merchants_of_user
from merchants.states import May

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from accounts.models import User
    from merchants.models import Merchant
    from merchants.types import Membership

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)


class MemberRequest(HttpRequest):
    user: "User"
    htmx: "HtmxDetails"
    team: "Membership"
    teams: "list[Membership]"
    """Every team of this person: whoever has several may change over."""
    merchant: "Merchant"
    actor: Actor
    can: Mapping[str, bool]
    """For templates: `request.can.refunds_write`."""


Asked = Callable[Concatenate[HttpRequest, str, P], Answer | HttpResponse]


def member_required(what: May) -> Callable[[Callable[Concatenate[MemberRequest, P], Answer]], Asked[P, Answer]]:
    """404 for a merchant of others, 403 in a role that may not; the view is called without `merchant_id`."""

    def guard(view: Callable[Concatenate[MemberRequest, P], Answer]) -> Asked[P, Answer]:
        @wraps(view)
        def guarded(request: HttpRequest, merchant_id: str, *args: P.args, **kwargs: P.kwargs) -> Answer | HttpResponse:
            if not request.user.is_authenticated:
                return lead_to(settings.LOGIN_URL, request)
            asked = cast("MemberRequest", request)
            asked.teams = merchants_of_user(request.user)
            team = next((one for one in asked.teams if one.merchant.id == merchant_id), None)
            if team is None:
                raise MerchantNotFound
            asked.team, asked.merchant, asked.actor = team, team.merchant, team.actor
            asked.can = {may.name.lower(): team.may(may) for may in May}
            if not team.may(what):
                raise PermissionDenied
            return view(asked, *args, **kwargs)

        # To the checker a wrapped view wants its arguments by name; Django gives them so.
        return cast("Asked[P, Answer]", guarded)

    return guard
