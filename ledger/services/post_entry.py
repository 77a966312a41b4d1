"""Write an entry: postings that stand together, each with one debit account, one credit account and a positive amount.

The same `reason` and `source_ref` again with the same lines gives the first entry back and changes nothing. Accounts
open on first use; `counter_of` is for `counter_entry` alone. No row of an uncovered account is touched; a covered one
moves its counters by one conditional UPDATE, in the order of the accounts' ids, that is check and lock in one.

Refuses: RepeatDiffers, NotCovered, AlreadyCountered. A closed account is an error of ours, and the database refuses it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F

from common.clock import business_date
from common.db import transaction_required
from common.ids import new_id
from common.insert_once import insert_once
from common.money import Money
from ledger.errors import AlreadyCountered, NotCovered, RepeatDiffers
from ledger.models import Entry, LedgerAccount, Posting
from ledger.services.open_accounts import AccountKey, keys_of, open_accounts
from ledger.states import Reason
from ledger.types import Line


@transaction_required
def post_entry(
    *, lines: Sequence[Line], reason: Reason, source_ref: str, now: datetime, counter_of: Entry | None = None
) -> Entry:
    if not lines:
        raise ValueError("an entry has at least one line")
    entry = Entry(
        id=new_id("ent"),
        reason=reason,
        source_ref=source_ref,
        counter_of=counter_of,
        business_date=business_date(now),
        posted_at=now,
    )
    if not insert_once(entry):
        return _the_same(reason=reason, source_ref=source_ref, lines=lines)
    accounts = open_accounts(keys=keys_of(lines), now=now)
    _move_counters(lines, accounts)
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            debit_account_id=accounts[line.debit, line.amount.currency],
            credit_account_id=accounts[line.credit, line.amount.currency],
            amount_minor=line.amount.minor,
            currency=line.amount.currency,
        )
        for line in lines
    )
    return entry


def _the_same(*, reason: Reason, source_ref: str, lines: Sequence[Line]) -> Entry:
    first = Entry.objects.filter(reason=reason, source_ref=source_ref).first()
    if first is None:
        # The other unique rule: what this entry would counter has its counter-entry already.
        raise AlreadyCountered(source_ref=source_ref)
    if sorted(first.lines, key=repr) != sorted(lines, key=repr):
        raise RepeatDiffers(source_ref=source_ref)
    return first


def _move_counters(lines: Sequence[Line], accounts: Mapping[AccountKey, str]) -> None:
    debits: dict[str, int] = defaultdict(int)
    credits_: dict[str, int] = defaultdict(int)
    for line in lines:
        for side, sums in ((line.debit, debits), (line.credit, credits_)):
            if side.kind.chart.covered:
                sums[accounts[side, line.amount.currency]] += line.amount.minor
    for account_id in sorted(debits.keys() | credits_.keys()):
        _move_counter(account_id, debit=debits[account_id], credit=credits_[account_id])


def _move_counter(account_id: str, *, debit: int, credit: int) -> None:
    account = LedgerAccount.objects.filter(pk=account_id)
    covered = account.filter(credits_posted__gte=F("debits_posted") + F("debits_pending") + debit - credit)
    moved = covered.update(debits_posted=F("debits_posted") + debit, credits_posted=F("credits_posted") + credit)
    if moved != 1:
        row = account.get()
        raise NotCovered(available=row.available, asked=Money(debit - credit, row.currency))
