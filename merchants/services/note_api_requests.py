"""Write down what merchants' servers asked, many lines in one statement. A line that is there already stays."""

from collections.abc import Sequence

from merchants.models import ApiRequest
from merchants.types import RequestLine


def note_api_requests(lines: Sequence[RequestLine]) -> None:
    rows = [ApiRequest(**{name: getattr(line, name) for name in RequestLine.__slots__}) for line in lines]
    ApiRequest.objects.bulk_create(rows, ignore_conflicts=True)
