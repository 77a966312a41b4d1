"""`post_entry` in one statement, for the hot path; `ledger_post_entry.sql` is the work, `post_entry` the definition.

`entry_document` makes what the function reads, so that a room above can hand it over within a larger commit of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from common.clock import business_date
from common.functions import FunctionRefused, call_function, new_row_json, row_json
from common.ids import new_id, public_id, read_id
from common.money import Money
from ledger.errors import AlreadyCountered, NotCovered, RepeatDiffers
from ledger.models import Entry
from ledger.services.open_accounts import AccountKey, keys_of, known_accounts, new_account
from ledger.states import Reason
from ledger.types import Line


def post_entry_at_once(
    *, lines: Sequence[Line], reason: Reason, source_ref: str, now: datetime, counter_of: Entry | None = None
) -> str:
    """The id of the entry, or of the first one like it. Refuses what `post_entry` refuses."""
    document = entry_document(lines=lines, reason=reason, source_ref=source_ref, now=now, counter_of=counter_of)
    try:
        return public_id("ent", call_function("ledger_post_entry", document))
    except FunctionRefused as no:
        raise_refusal(no)


def entry_document(  # noqa: PLR0913 (an entry is this many facts)
    *,
    lines: Sequence[Line],
    reason: Reason,
    source_ref: str,
    now: datetime,
    entry_id: str = "",
    counter_of: Entry | None = None,
) -> dict[str, Any]:
    if not lines:
        raise ValueError("an entry has at least one line")
    entry = new_row_json(
        Entry,
        id=entry_id or new_id("ent"),
        reason=reason,
        source_ref=source_ref,
        counter_of_id=counter_of and counter_of.id,
        business_date=business_date(now),
        posted_at=now,
    )
    keys = sorted(keys_of(lines))
    places = {key: place for place, key in enumerate(keys)}
    known = known_accounts(keys)
    return {
        "entry": entry,
        "account_ids": known and [str(read_id(account_id, prefix="acc")) for account_id in known],
        "accounts": [_as_named(key) if known else row_json(new_account(key, now=now)) for key in keys],
        "lines": [
            {
                "id": str(read_id(new_id("pst"), prefix="pst")),
                "debit": places[line.debit, line.amount.currency],
                "credit": places[line.credit, line.amount.currency],
                "amount_minor": line.amount.minor,
                "currency": line.amount.currency,
            }
            for line in lines
        ],
    }


@lru_cache(maxsize=20_000)
def _as_named(key: AccountKey) -> Mapping[str, Any]:
    """What is said of an account that is open: enough to compare, and whether it is covered."""
    ref, currency = key
    kind = ref.kind
    return {"owner_ref": ref.owner_ref, "kind": kind.value, "currency": currency, "covered": kind.chart.covered}


def raise_refusal(no: FunctionRefused) -> NoReturn:
    facts: Mapping[str, Any] = no.facts
    match no.code:
        case "not_covered":
            currency = facts["currency"]
            raise NotCovered(
                available=Money(facts["available"], currency), asked=Money(facts["asked"], currency)
            ) from no
        case "repeat_differs":
            raise RepeatDiffers(source_ref=facts["source_ref"]) from no
        case "already_countered":
            raise AlreadyCountered(source_ref=facts["source_ref"]) from no
        case _:
            raise no
