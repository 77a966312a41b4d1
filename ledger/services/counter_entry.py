from datetime import datetime

from common.db import transaction_required
from ledger.models import Entry
from ledger.services.post_entry import post_entry
from ledger.states import Reason


@transaction_required
def counter_entry(*, entry_id: str, reason: Reason = Reason.COUNTER, source_ref: str, now: datetime) -> Entry:
    """Correct a mistake: an entry that mirrors an earlier one, line by line. The earlier one stays as it was.

    The same again gives the first counter-entry back. Refuses: AlreadyCountered (under another reference), NotCovered.
    """
    mistake = Entry.objects.get(pk=entry_id)
    lines = [line.mirrored() for line in mistake.lines]
    return post_entry(lines=lines, reason=reason, source_ref=source_ref, now=now, counter_of=mistake)
