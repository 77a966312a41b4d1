"""Forms that act once, however often their button is pressed.

A form that makes a thing carries the id of that thing, chosen and signed when the page was written: a second sending
names the same capture or refund and finds it made. A form whose answer shows a secret carries a number instead, which
is claimed before anything is made: the secret is shown to the first sending and never again.
"""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import TypeVar

from django.core.signing import BadSignature, Signer

from common.ids import new_id, read_id
from dashboard.guards import MemberRequest
from events import services as events

T = TypeVar("T")


def effect_ticket(request: MemberRequest, prefix: str, *, about: str) -> str:
    """For a hidden field: the id of what this form will make, good for this person and this subject only."""
    return _signer(request, about).sign(new_id(prefix))


def effect_of(ticket: str, request: MemberRequest, prefix: str, *, about: str) -> str:
    """The id inside; empty for a ticket that this person was not given here."""
    try:
        named = _signer(request, about).unsign(ticket)
    except BadSignature:
        return ""
    return named if read_id(named, prefix=prefix) else ""


def new_number() -> str:
    return token_hex(16)


def act_once(act: Callable[[], T], *, number: str, request: MemberRequest, now: datetime) -> T | None:
    """What `act` made, or None when a form with this number has acted before. A refusal leaves the number free."""
    claim = events.claim_key(
        owner_ref=request.actor.ref, key=f"dashboard:{number}", question=request.path.encode(), now=now
    )
    if not claim.is_ours:
        return None
    try:
        made = act()
    except Exception:
        events.release_key(claim)
        raise
    events.finish_key(claim, status=200, body=b"", now=now)
    return made


def _signer(request: MemberRequest, about: str) -> Signer:
    return Signer(salt=f"dashboard.once:{request.actor.ref}:{about}")
