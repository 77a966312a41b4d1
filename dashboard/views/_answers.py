"""How the shops' pages answer a form: 303 to a page when it was done, the same page with 422 when it was not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from dashboard.guards import MemberRequest


def see_other(request: MemberRequest, page: str, *args: str) -> HttpResponseRedirect:
    """A redirect within this merchant's pages that is always followed with GET."""
    return away(f"dashboard:{page}", request.merchant.id, *args)


def away(page: str, *args: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(resolve_url(page, *args))
    response.status_code = 303
    return response


def answer(
    request: HttpRequest, template: str, facts: dict[str, Any] | None = None, *, refused: bool = False
) -> HttpResponse:
    return render(request, f"dashboard/{template}.html", facts or {}, status=422 if refused else 200)


class _HasId(Protocol):
    id: str


Row = TypeVar("Row", bound=_HasId)


@dataclass(frozen=True, slots=True)
class Ways:
    """For the pager: cursors of the neighbouring pages, or nothing."""

    newer: str
    older: str


def ways(rows: Sequence[_HasId], *, has_more: bool, starting_after: str, ending_before: str) -> Ways:
    """Which ways lead on from a page that was asked for with these cursors."""
    if not rows:
        return Ways("", "")
    first, last = rows[0].id, rows[-1].id
    if ending_before:
        return Ways(newer=first if has_more else "", older=last)
    return Ways(newer=first if starting_after else "", older=last if has_more else "")


def turned_to(request: HttpRequest, found: Callable[..., list[Row]], *, most: int) -> tuple[list[Row], Ways]:
    """The page of a list that the address asks for, and which ways lead on from it. `found` answers a plain list."""
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    rows = found(starting_after=older, ending_before=newer, limit=most + 1)
    # One more than fits was asked for: it stands at the end that the reader is moving towards.
    shown = rows[-most:] if newer else rows[:most]
    return shown, ways(shown, has_more=len(rows) > most, starting_after=older, ending_before=newer)
