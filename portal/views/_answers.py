"""How the customer's pages answer a form: 303 to a page when it was done, the same page with 422 when it was not."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.forms import Form
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url

from accounts import sessions
from accounts.guards import local_or
from common import clock
from common.errors import Refusal

if TYPE_CHECKING:
    from payments.types import Cursor, Page


def see_other(to: str, *args: object) -> HttpResponseRedirect:
    """A redirect that is always followed with GET. `to` is a path or the name of a page."""
    response = HttpResponseRedirect(resolve_url(to, *args))
    response.status_code = 303
    return response


@contextmanager
def refusals_on(form: Form, field: str | None = None) -> Iterator[None]:
    """What a verb refuses within is shown on the form that asked for it, beside `field` or above all of them."""
    try:
        yield
    except Refusal as refusal:
        form.add_error(field, str(refusal))


@dataclass(frozen=True, slots=True)
class Ways:
    """For the pager: cursors of the neighbouring pages, or nothing."""

    newer: str
    older: str


def ways(found: "Page[Any]", cursor: "Cursor") -> Ways:
    """Which ways lead on from a page that was asked for with this cursor."""
    if not found.rows:
        return Ways("", "")
    first, last = found.rows[0].id, found.rows[-1].id
    if cursor.ending_before:
        return Ways(newer=first if found.has_more else "", older=last)
    return Ways(newer=first if cursor.starting_after else "", older=last if found.has_more else "")


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where `next` leads, if that is a path of our own; a stranger's link never sends anybody away."""
    return local_or(request.POST.get("next") or request.GET.get("next") or "", resolve_url(otherwise))


def proved(request: HttpRequest) -> bool:
    """Whether this reader has proved a moment ago who they are: what allows more than before asks for it."""
    return sessions.proved_recently(request.session, now=clock.now())


def ask_who_it_is(request: HttpRequest, page: str, *args: object) -> HttpResponseRedirect:
    """To the proof, and then back to `page` with what was typed in its address: it is saved only when sent again."""
    typed = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    return see_other(proof_and_back(resolve_url(page, *args), typed))


def proof_and_back(page: str, typed: Iterable[tuple[str, str]]) -> str:
    """The address of the proof, from which the reader comes back to `page` with what was typed."""
    back = f"{page}?{urlencode([*typed, ('again', 'yes')])}"
    return f"{resolve_url('account_reauthenticate')}?{urlencode({'next': back})}"
