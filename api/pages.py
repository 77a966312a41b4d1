"""Lists, a page at a time: `limit`, `starting_after`, `ending_before`, and filters, in the query string."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from api.authentication import MerchantRequest
from api.errors import UnacceptableInput
from api.fields import Text
from common.ids import read_id
from payments.types import Cursor

MOST: Final = 100
PAGE: Final = ("limit", "starting_after", "ending_before")


class HasId(Protocol):
    id: Any


T = TypeVar("T", bound=HasId)


@dataclass(frozen=True)
class Asked:
    """Which page of a list. Ids sort by time, so an id is a place in the list."""

    limit: int
    starting_after: str = ""
    ending_before: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    """The filters that were given, as their fields read them."""


def _read_page(request: MerchantRequest, *, prefix: str, filters: Iterable[str]) -> tuple[Asked, list[dict[str, str]]]:
    query, errors = request.query_params, []
    known = {*PAGE, *filters}
    errors += [_off(name[:64], "unknown", _("This member is not known here.")) for name in query if name not in known]
    errors += [_off(name, "twice", _("May be given once.")) for name in query if len(query.getlist(name)) > 1]
    errors += [
        _off(name, "characters", _("Holds characters that cannot be shown."))
        for name in (*PAGE, *filters)
        if not query.get(name, "").isprintable()
    ]
    text = query.get("limit", "20")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= limit <= MOST:
        errors.append(_off("limit", "range", _("Must be between {least} and {most}.").format(least=1, most=MOST)))
    after, before = query.get("starting_after", ""), query.get("ending_before", "")
    errors += [
        _off(name, "id", _("Must be the id of a member of this list."))
        for name, value in (("starting_after", after), ("ending_before", before))
        if name in query and read_id(value, prefix=prefix) is None
    ]
    if after and before:
        errors.append(_off("ending_before", "both", _("Give starting_after or ending_before, not both.")))
    return Asked(limit=limit, starting_after=after, ending_before=before), errors


class ListQuery:
    """What the query string of one list may say: which page, and the list's own filters. The description reads it too.

    `prefix` is that of the ids which are places in this list; each filter is a field, and may be left out.
    """

    def __init__(self, *, prefix: str, **filters: Text) -> None:
        self.prefix, self.filters = prefix, filters

    def read(self, request: MerchantRequest) -> Asked:
        """Refuses (UnacceptableInput) members that it does not know or that do not fit, all of them by name."""
        asked, errors = _read_page(request, prefix=self.prefix, filters=self.filters)
        values = {}
        for name in request.query_params.keys() & self.filters.keys() - {error["field"] for error in errors}:
            try:
                values[name] = self.filters[name].to_internal_value(request.query_params[name])
            except ValidationError as wrong:
                errors += [_off(name, str(said.code), str(said)) for said in cast("list[ErrorDetail]", wrong.detail)]
        if errors:
            raise UnacceptableInput(errors)
        return replace(asked, filters=values)


def cursor_of(asked: Asked) -> Cursor:
    """The same place in the words of the payments room."""
    return Cursor(starting_after=asked.starting_after, ending_before=asked.ending_before, limit=asked.limit)


def list_json(
    request: MerchantRequest,
    asked: Asked,
    rows: Sequence[T],
    shape: Callable[[T], dict[str, Any]],
    *,
    has_more: bool,
) -> dict[str, Any]:
    """The envelope of a list; `next` is the address of the page that lies further in the direction that was asked."""
    following = None
    if has_more and rows:
        place = {"ending_before": rows[0].id} if asked.ending_before else {"starting_after": rows[-1].id}
        kept = {name: value for name, value in request.query_params.items() if name not in PAGE}
        following = f"{request.path}?{urlencode({**kept, 'limit': asked.limit, **place})}"
    return {"object": "list", "data": [shape(row) for row in rows], "has_more": has_more, "next": following}


def cut(rows: Sequence[T], asked: Asked) -> tuple[Sequence[T], bool]:
    """One row more than asked for says that there are more: the page without it, and whether it was there."""
    page = rows[-asked.limit :] if asked.ending_before else rows[: asked.limit]
    return page, len(rows) > asked.limit


def _off(name: str, code: str, message: str) -> dict[str, str]:
    return {"field": name, "code": code, "message": message}
