"""One grant, or a page of them, and its history. Whose row it is belongs to every question."""

from typing import TYPE_CHECKING, Final

from payments.errors import GrantNotFound
from payments.models import Grant, GrantChange, Payment
from payments.queries.lists import FIRST_PAGE, between, page_of, with_snapshot
from payments.types import Cursor, GrantFilter, Page

if TYPE_CHECKING:
    from django.db.models import QuerySet

ALL_GRANTS: Final = GrantFilter()


def grant_of_merchant(merchant_id: str, grant_id: str) -> Grant:
    """Refuses (GrantNotFound) another merchant's grant like one that is not there."""
    return _only(Grant.objects.filter(merchant_id=merchant_id), grant_id)


def grant_of_customer(customer_id: str, grant_id: str) -> Grant:
    """A grant that this customer gave. Refuses (GrantNotFound) all others alike."""
    if not customer_id:
        raise GrantNotFound
    return _only(Grant.objects.filter(customer_id=customer_id), grant_id)


def grant_for_approval(grant_id: str, *, customer_id: str = "") -> Grant:
    """What the page shows: to everybody with the link until somebody approved, then to that customer only."""
    return _only(Grant.objects.filter(customer_id__in={"", customer_id}), grant_id)


def grants_of_merchant(merchant_id: str, wanted: GrantFilter = ALL_GRANTS, cursor: Cursor = FIRST_PAGE) -> Page[Grant]:
    """Newest first. A cursor that is no grant of theirs gives an empty page."""
    rows = Grant.objects.select_related("merchant", "shop").filter(merchant_id=merchant_id)
    if wanted.statuses:
        rows = rows.filter(status__in=wanted.statuses)
    if wanted.reference:
        rows = rows.filter(merchant_reference=wanted.reference)
    if wanted.text:
        rows = rows.filter(merchant_reference__icontains=wanted.text) | rows.filter(pk=wanted.text)
    return page_of(between(rows, wanted.created_from, wanted.created_before), cursor, prefix="grt")


def grants_of_customer(customer_id: str, *, shop_id: str = "") -> list[Grant]:
    """Newest first; those that have ended too."""
    if not customer_id:
        return []
    rows = Grant.objects.select_related("merchant", "shop").filter(customer_id=customer_id)
    return list((rows.filter(shop_id=shop_id) if shop_id else rows).order_by("-id"))


def history_of_grant(grant: Grant) -> list[GrantChange]:
    """Oldest first."""
    return list(grant.changes.order_by("version"))


def charges_of_grant(grant: Grant, cursor: Cursor = FIRST_PAGE) -> Page[Payment]:
    """The payments that the shop made with it, newest first."""
    return page_of(with_snapshot().filter(grant=grant), cursor, prefix="pay")


def _only(rows: "QuerySet[Grant]", grant_id: str) -> Grant:
    grant = rows.select_related("merchant", "shop").filter(pk=grant_id).first()
    if grant is None:
        raise GrantNotFound
    return grant
