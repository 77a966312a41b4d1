"""The list of payments as a file, with the filters of the page it was asked from."""

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from dashboard.csv_export import payments_as_csv
from dashboard.forms import PaymentSearch
from dashboard.guards import MemberRequest, member_required
from merchants.states import May


@require_safe
@member_required(May.PAYMENTS_READ)
def payments(request: MemberRequest) -> StreamingHttpResponse:
    form = PaymentSearch(request.GET or None)
    day = clock.business_date(clock.now())
    lines = payments_as_csv(request.merchant.id, form.wanted())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payments-{day:%Y-%m-%d}.csv"'
    return response
