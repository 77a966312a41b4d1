"""Ledger accounts by name; those that are met for the first time are opened.

Ids are remembered per process, since an account is never deleted and never becomes another one. They are remembered
only after the commit: an account that was opened by a transaction that was rolled back never was.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final

from django.db import connection
from django.db import transaction as django_transaction
from django.db.models import Q

from common.db import transaction_required
from ledger.models import LedgerAccount
from ledger.types import AccountRef, Line

AccountKey = tuple[AccountRef, str]
"""Whose account of which kind, in which currency."""

_MOST_REMEMBERED: Final = 20_000
_remembered: Final[dict[AccountKey, str]] = {}


@transaction_required
def open_accounts(*, keys: Collection[AccountKey], now: datetime) -> Mapping[AccountKey, str]:
    """The ids. One query for those that this process does not know, none if it knows all."""
    ids = {key: _remembered[key] for key in keys if key in _remembered}
    if unknown := sorted(set(keys) - ids.keys()):
        found = _find(unknown)
        if missing := [key for key in unknown if key not in found]:
            # In one order, so that two hands that open the same accounts wait for each other and not in a circle.
            LedgerAccount.objects.bulk_create([new_account(key, now=now) for key in missing], ignore_conflicts=True)
            found |= _find(missing)
        django_transaction.on_commit(lambda: _remember(found))
        ids |= found
    return ids


def known_accounts(keys: Sequence[AccountKey]) -> list[str] | None:
    """Their ids, in this order, for a function that then opens and looks for none; None when one may not be open yet.

    It learns only outside of transactions, where all that is seen is committed.
    """
    if (unknown := [key for key in keys if key not in _remembered]) and not connection.in_atomic_block:
        _remember(_find(unknown))
    ids = [_remembered.get(key, "") for key in keys]
    return ids if all(ids) else None


def forget_accounts() -> None:
    """For whoever empties the tables under a running process: tests, and nobody else."""
    _remembered.clear()


def keys_of(lines: Sequence[Line]) -> set[AccountKey]:
    return {(side, line.amount.currency) for line in lines for side in (line.debit, line.credit)}


def _find(keys: Collection[AccountKey]) -> dict[AccountKey, str]:
    named = reduce(
        or_, (Q(owner_ref=ref.owner_ref, kind=ref.kind, currency=currency) for ref, currency in keys), Q(pk__in=[])
    )
    return {(account.ref, account.currency): account.id for account in LedgerAccount.objects.filter(named)}


def new_account(key: AccountKey, *, now: datetime) -> LedgerAccount:
    ref, currency = key
    chart = ref.kind.chart
    return LedgerAccount(
        owner_ref=ref.owner_ref,
        kind=ref.kind,
        currency=currency,
        normal_side=chart.normal_side,
        covered=chart.covered,
        opened_at=now,
    )


def _remember(found: Mapping[AccountKey, str]) -> None:
    if len(_remembered) + len(found) > _MOST_REMEMBERED:
        _remembered.clear()
    _remembered.update(found)
