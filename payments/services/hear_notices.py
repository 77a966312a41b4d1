"""Read what the card network told the safe unasked, and deal with each notice in a commit of its own.

The safe is told afterwards, and a crash in between only means that a notice is read again. One that cannot be dealt
with is logged, stays, and stops no other one.
"""

import logging
from datetime import datetime
from typing import Final

from common.db import outside_transaction
from payments.services.hear_notice import hear_notice
from vault import services as vault
from vault.errors import SafeUnavailable

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20


@outside_transaction
def hear_notices(*, now: datetime) -> int:
    """How many were dealt with. A safe that is away is asked again the next time."""
    try:
        notices = vault.read_notices(limit=AT_ONCE, now=now)
    except SafeUnavailable:
        return 0
    heard = []
    for notice in notices:
        try:
            hear_notice(notice=notice, now=now)
        except Exception:
            logger.exception("notice %s of the card network could not be dealt with", notice.notice_ref)
            continue
        heard.append(notice.notice_ref)
    if heard:
        try:
            vault.acknowledge_notices(notice_refs=heard, now=now)
        except SafeUnavailable:
            return 0
    return len(heard)
