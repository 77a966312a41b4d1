"""The first page of a shop's people: today, the last two weeks, what needs them, and what is owed to them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.guards import signed_in_required
from common import clock
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer
from ledger.queries import posted_balance
from ledger.states import AccountKind
from ledger.types import AccountRef
from merchants.queries import merchants_of_user
from merchants.states import May
from payments.queries import balance_of, disputes_to_answer, refunds_of_merchant, sales_by_day, waiting_for_capture
from payments.states import RefundStatus
from payments.types import Cursor
from webhooks.queries import endpoints_of_merchant, tellings_of_endpoint
from webhooks.states import EndpointStatus, TellingStatus

if TYPE_CHECKING:
    from accounts.models import User
    from payments.models import Refund
    from webhooks.models import WebhookEndpoint

DAYS: Final = 14
LOOK_BACK: Final = timedelta(days=30)
LATEST: Final = 20


@require_safe
@signed_in_required
def choose(request: HttpRequest) -> HttpResponse:
    """To the one team of this person; whoever has several chooses, whoever has none reads how to be invited."""
    user: User = request.user  # type: ignore[assignment]  # the guard let nobody else in
    teams = merchants_of_user(user)
    if len(teams) == 1:
        return HttpResponseRedirect(resolve_url("dashboard:home", teams[0].merchant.id))
    return render(request, "dashboard/choose.html", {"teams": teams})


@require_safe
@member_required(May.PAYMENTS_READ)
def show(request: MemberRequest) -> HttpResponse:
    now = clock.now()
    merchant_id = request.merchant.id
    today = clock.business_date(now)
    days = sales_by_day(merchant_id, first=today - timedelta(days=DAYS - 1), last=today)
    facts: dict[str, Any] = {
        "today": days[-1],
        "yesterday": days[-2],
        "trend": [(date_format(one.day, _day_shape()), one.captured.minor, one.refunded.minor) for one in days],
        "anything": any(one.captures or one.refunds for one in days),
        "captured": sum(one.captured.minor for one in days),
        "balance": balance_of(merchant_id),
        "fee_percent": "{}.{:02}".format(*divmod(request.merchant.fee_basis_points, 100)),
        "to_capture": waiting_for_capture(merchant_id),
        "to_answer": disputes_to_answer(merchant_id) if request.can["disputes_read"] else [],
        "withheld": posted_balance(AccountRef(merchant_id, AccountKind.MERCHANT_WITHHELD), "JPY"),
        "soon": now + timedelta(days=1),
        "failed_refunds": _failed_refunds(merchant_id, now=now),
        "struggling": _struggling_endpoints(merchant_id) if request.can["webhooks_read"] else [],
    }
    return answer(request, "home", facts)


def _failed_refunds(merchant_id: str, *, now: datetime) -> "list[Refund]":
    """Refunds that did not go through and were not made good by a later one."""
    failed = refunds_of_merchant(
        merchant_id, statuses=[RefundStatus.FAILED], created_from=now - LOOK_BACK, cursor=Cursor(limit=10)
    )
    latest = {refund.payment_id: refund for refund in reversed(failed.rows)}
    return [refund for refund in latest.values() if refund.payment.refundable]


def _struggling_endpoints(merchant_id: str) -> "list[tuple[WebhookEndpoint, int]]":
    """Endpoints that did not take what they were told lately, and how many of their latest events that concerns."""
    struggling = []
    for endpoint in endpoints_of_merchant(merchant_id):
        latest = tellings_of_endpoint(endpoint, limit=LATEST)
        untold = sum(
            telling.status == TellingStatus.GIVEN_UP or (telling.status == TellingStatus.DUE and telling.attempts > 0)
            for telling in latest
        )
        # Once the newest event has arrived, what lies behind is history; a switched-off endpoint fails nobody.
        arrived = bool(latest) and latest[0].status == TellingStatus.DELIVERED
        if untold and not arrived and endpoint.status == EndpointStatus.ENABLED:
            struggling.append((endpoint, untold))
    return struggling


def _day_shape() -> str:
    return "n/j" if get_language() == "ja" else "j M"
