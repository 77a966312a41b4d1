"""Write down what merchants' servers asked, many lines in one statement. A line that is there already stays.

The statement is the same however many lines there are, so that it is prepared once: a line costs a third of what it
costs as a model in a list of VALUES.
"""

from collections.abc import Sequence

from common.functions import call_function, new_row_json
from merchants.models import ApiRequest
from merchants.types import RequestLine


def note_api_requests(lines: Sequence[RequestLine]) -> None:
    rows = [new_row_json(ApiRequest, **{name: getattr(line, name) for name in RequestLine.__slots__}) for line in lines]
    call_function("merchants_note_api_requests", {"lines": rows})
