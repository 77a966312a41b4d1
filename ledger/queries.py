"""Questions about the books. Balances are in the account's normal direction: what is owed to a merchant is positive."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from django.db import connection

from common.money import Money
from ledger.models import Entry, LedgerAccount, Posting
from ledger.states import AccountKind, Reason, Side
from ledger.types import AccountRef, Flow

# One statement is one snapshot: roll-up and tail can never disagree, whoever rolls up meanwhile. A roll-up that lies
# ahead of this database's transactions came from a restore, and everything counts as tail until it is built again.
_SUMS: Final = """
SELECT account.owner_ref, account.debits_pending,
       coalesce(rollup.debits, 0) + coalesce((
           SELECT sum(amount_minor) FROM ledger_posting
           WHERE debit_account_id = account.id AND written_in >= coalesce(rollup.upto, '0'::xid8)), 0),
       coalesce(rollup.credits, 0) + coalesce((
           SELECT sum(amount_minor) FROM ledger_posting
           WHERE credit_account_id = account.id AND written_in >= coalesce(rollup.upto, '0'::xid8)), 0)
FROM ledger_ledgeraccount AS account
LEFT JOIN ledger_balancerollup AS rollup
       ON rollup.account_id = account.id AND rollup.upto <= pg_snapshot_xmin(pg_current_snapshot())
WHERE account.kind = %s AND account.currency = %s
"""


def posted_balance(account: AccountRef, currency: str) -> Money:
    """What entries say. Zero for an account that was never opened."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_SUMS} AND account.owner_ref = %s", [account.kind, currency, account.owner_ref])
        row = cursor.fetchone()
    return _posted(account.kind, row, currency) if row else Money(0, currency)


def balances_of(kind: AccountKind, currency: str) -> dict[str, tuple[Money, Money]]:
    """All accounts of a kind at one instant: owner → what entries say, and what of it is held."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [kind, currency])
        rows = cursor.fetchall()
    return {row[0]: (_posted(kind, row, currency), Money(row[1], currency)) for row in rows}


def _posted(kind: AccountKind, row: Sequence[Any], currency: str) -> Money:
    debits, credits_ = int(row[2]), int(row[3])
    return Money(debits - credits_ if kind.chart.normal_side == Side.DEBIT else credits_ - debits, currency)


def available_balance(account: AccountRef, currency: str) -> Money:
    """The posted balance minus what is held. The two differ on covered accounts only, and there one row knows it."""
    if not account.kind.chart.covered:
        return posted_balance(account, currency)
    named = LedgerAccount.objects.filter(owner_ref=account.owner_ref, kind=account.kind, currency=currency).first()
    return named.available if named else Money(0, currency)


def postings_of(source_ref: str) -> list[Posting]:
    """All postings that were written for this reference, oldest first, with their entries and accounts."""
    postings = Posting.objects.filter(entry__source_ref=source_ref).order_by("id")
    return list(postings.select_related("entry", "debit_account", "credit_account"))


def entries_about(refs: Collection[str]) -> list[Entry]:
    """All entries for any of these references, oldest first, with their postings and accounts."""
    entries = Entry.objects.filter(source_ref__in=refs).order_by("posted_at", "id")
    return list(entries.prefetch_related("postings__debit_account", "postings__credit_account"))


_FLOWS: Final = """
SELECT date_trunc('month', entry.business_date)::date, entry.reason, debit.owner_ref, debit.kind, credit.owner_ref,
       credit.kind, sum(posting.amount_minor)
FROM ledger_posting AS posting
JOIN ledger_entry AS entry ON entry.id = posting.entry_id
JOIN ledger_ledgeraccount AS debit ON debit.id = posting.debit_account_id
JOIN ledger_ledgeraccount AS credit ON credit.id = posting.credit_account_id
WHERE %s IN (debit.kind, credit.kind) AND entry.business_date < %s
GROUP BY 1, 2, 3, 4, 5, 6
"""


def flows_by_month(kind: AccountKind, *, before: date) -> list[Flow]:
    """What went into and out of all accounts of a kind up to a business date, summed by month, reason and both sides.

    It reads every posting: for the nightly check, not for a page.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FLOWS, [kind, before])
        rows = cursor.fetchall()
    return [
        Flow(
            month=month,
            reason=Reason(reason),
            debit=AccountRef(debtor, AccountKind(debit)),
            credit=AccountRef(creditor, AccountKind(credit)),
            minor=int(minor),
        )
        for month, reason, debtor, debit, creditor, credit, minor in rows
    ]
