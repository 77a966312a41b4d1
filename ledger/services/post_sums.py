"""`post_entry` for a page of a job: sums over thousands of owners in one statement; `ledger_post_sums.sql` is the work.

`sums_frame` makes what does not depend on the sums: a room above fills them in where they are, in the database.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from common.clock import business_date
from common.functions import FunctionRefused, call_function, row_json
from common.ids import new_id, public_id, read_id
from ledger.models import Entry
from ledger.services.post_entry_at_once import raise_refusal
from ledger.states import CHART, OPERATOR, Reason
from ledger.types import AccountRef, Line


def post_sums(*, lines: Sequence[Line], reason: Reason, source_ref: str, now: datetime) -> str:
    """The id of the entry. Refuses what `post_entry` refuses, and a reference that was used before in any case."""
    frame = sums_frame(reason=reason, source_ref=source_ref, now=now)
    try:
        return public_id("ent", call_function("ledger_post_sums", frame | {"sums": _sums(lines)}))
    except FunctionRefused as no:
        raise_refusal(no)


def sums_frame(*, reason: Reason, source_ref: str, now: datetime) -> dict[str, Any]:
    """`entry` and `chart` of what the function reads."""
    entry = Entry(
        id=new_id("ent"),
        reason=reason,
        source_ref=source_ref,
        business_date=business_date(now),
        posted_at=now,
    )
    chart = {kind: {"normal_side": of.normal_side, "covered": of.covered} for kind, of in CHART.items()}
    return {"entry": row_json(entry), "chart": chart}


def _sums(lines: Sequence[Line]) -> list[Mapping[str, Any]]:
    if not lines:
        raise ValueError("an entry has at least one line")
    sums: dict[Any, list[Any]] = defaultdict(list)
    for line in lines:
        (debit, debtor), (credit, creditor) = _owner(line.debit), _owner(line.credit)
        sums[debit, credit, line.amount.currency].append([debtor, creditor, line.amount.minor])
    return [
        {"debit": debit, "credit": credit, "currency": currency, "lines": pairs}
        for (debit, credit, currency), pairs in sums.items()
    ]


def _owner(account: AccountRef) -> tuple[tuple[str, str], str | None]:
    if account.owner_ref == OPERATOR:
        return ("", account.kind), None
    prefix = account.owner_ref.partition("_")[0]
    return (prefix, account.kind), str(read_id(account.owner_ref, prefix=prefix))
