"""The lists as files, with the filters of the page that each was asked from."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from common.spreadsheet import ROWS_AT_ONCE, as_csv, csv_answer
from dashboard import csv_export as table
from dashboard.guards import MemberRequest, member_required
from dashboard.searches import (
    CampaignSearch,
    DisputeSearch,
    EventSearch,
    GrantSearch,
    PaymentSearch,
    RequestSearch,
)
from events.queries import events_of
from merchants.queries import api_requests_of
from merchants.states import May
from payments.queries import disputes_of_merchant, grants_of_merchant, payments_of_merchant, refunds_of_merchant
from payments.types import Cursor, Page
from points.campaign_queries import campaigns_of_merchant
from points.clearing_queries import clearings_of_merchant


@require_safe
@member_required(May.PAYMENTS_READ)
def payments(request: MemberRequest) -> StreamingHttpResponse:
    asked = PaymentSearch(request.GET or None).wanted()
    page = partial(payments_of_merchant, request.merchant.id, asked)
    return _file("payments", table.PAYMENT_COLUMNS, page, table.cells_of_payment)


@require_safe
@member_required(May.PAYMENTS_READ)
def refunds(request: MemberRequest) -> StreamingHttpResponse:
    """By the days of the list of payments; a refund has its own day and its own state."""
    asked = PaymentSearch(request.GET or None).wanted()
    page = partial(
        refunds_of_merchant,
        request.merchant.id,
        created_from=asked.created_from,
        created_before=asked.created_before,
    )
    return _file("refunds", table.REFUND_COLUMNS, page, table.cells_of_refund)


@require_safe
@member_required(May.DISPUTES_READ)
def disputes(request: MemberRequest) -> StreamingHttpResponse:
    page = partial(disputes_of_merchant, request.merchant.id, **DisputeSearch(request.GET or None).wanted())
    return _file("disputes", table.DISPUTE_COLUMNS, page, table.cells_of_dispute)


@require_safe
@member_required(May.PAYMENTS_READ)
def grants(request: MemberRequest) -> StreamingHttpResponse:
    page = partial(grants_of_merchant, request.merchant.id, GrantSearch(request.GET or None).wanted())
    return _file("grants", table.GRANT_COLUMNS, page, table.cells_of_grant)


@require_safe
@member_required(May.POINTS_READ)
def campaigns(request: MemberRequest) -> StreamingHttpResponse:
    page = partial(campaigns_of_merchant, request.merchant.id, **CampaignSearch(request.GET or None).wanted())
    return _file("points-campaigns", table.CAMPAIGN_COLUMNS, _paged(page), table.cells_of_campaign)


@require_safe
@member_required(May.POINTS_READ)
def clearings(request: MemberRequest) -> StreamingHttpResponse:
    """A line for each month; what each is made of has a file of its own."""

    def page(*, cursor: Cursor) -> Page[Any]:
        rows, more = clearings_of_merchant(
            request.merchant.id, starting_after=cursor.starting_after, limit=cursor.limit
        )
        return Page(rows=rows, has_more=more)

    return _file("points-clearings", table.CLEARING_COLUMNS, page, table.cells_of_clearing)


@require_safe
@member_required(May.WEBHOOKS_READ)
def events(request: MemberRequest) -> StreamingHttpResponse:
    page = partial(events_of, request.merchant.id, **EventSearch(request.GET or None).wanted())
    return _file("events", table.EVENT_COLUMNS, _paged(page), table.cells_of_event)


@require_safe
@member_required(May.WEBHOOKS_READ)
def requests(request: MemberRequest) -> StreamingHttpResponse:
    page = partial(api_requests_of, request.merchant.id, RequestSearch(request.GET or None).wanted())
    return _file("requests", table.REQUEST_COLUMNS, _paged(page), table.cells_of_request)


def _paged(found: Callable[..., list[Any]]) -> Callable[..., Page[Any]]:
    """For questions that answer a plain list: one row more than fits says that there are more."""

    def page(*, cursor: Cursor) -> Page[Any]:
        rows = found(starting_after=cursor.starting_after, limit=cursor.limit + 1)
        return Page(rows=rows[: cursor.limit], has_more=len(rows) > cursor.limit)

    return page


def _file(
    name: str, columns: Sequence[str], page: Callable[..., Any], cells: Callable[[Any], Iterable[object]]
) -> StreamingHttpResponse:
    def page_after(last: str) -> Any:
        return page(cursor=Cursor(starting_after=last, limit=ROWS_AT_ONCE))

    day = clock.business_date(clock.now())
    return csv_answer(as_csv(columns, page_after=page_after, cells=cells), name=f"{name}-{day:%Y-%m-%d}")
