"""People and short words for stories about the books."""

import time
from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connection

from common.db import transaction
from common.ids import new_id
from common.money import pts
from ledger import services as ledger
from ledger.models import Entry
from ledger.queries import available_balance, posted_balance
from ledger.states import AccountKind, Reason
from ledger.types import AccountRef, Line

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)
"""Noon in Tokyo."""
_numbers = count(1)


@pytest.fixture
def komorebi():
    return new_id("mer")


@pytest.fixture
def alices_wallet():
    return new_id("wal")


@pytest.fixture
def alices_points(alices_wallet):
    return AccountRef(alices_wallet, AccountKind.POINTS_LIVE)


def _post_at_once(**facts):
    return Entry.objects.get(pk=ledger.post_entry_at_once(**facts))


@pytest.fixture(params=[transaction(ledger.post_entry), _post_at_once], ids=["plain", "at once"])
def post(request):
    """Post lines in a transaction of their own: `post(line, source_ref=…)`. Both ways to do it must tell one story."""

    def post(*lines, reason=Reason.CAPTURE, source_ref=None):
        ref = source_ref or f"cap_{next(_numbers)}"
        return request.param(lines=lines, reason=reason, source_ref=ref, now=NOON)

    return post


@pytest.fixture
def owed(komorebi):
    """The line of a capture: the network owes us, we owe the shop."""

    def owed(amount):
        return Line(
            debit=AccountRef("sys", AccountKind.NETWORK_RECEIVABLE),
            credit=AccountRef(komorebi, AccountKind.MERCHANT_PAYABLE),
            amount=amount,
        )

    return owed


@pytest.fixture
def given(komorebi, alices_points):
    """The line by which points become Alice's."""

    def given(points):
        return Line(debit=AccountRef(komorebi, AccountKind.POINTS_ISSUED), credit=alices_points, amount=pts(points))

    return given


@pytest.fixture
def spent(alices_points):
    """The line by which Alice spends points."""

    def spent(points):
        redeemed = AccountRef("sys", AccountKind.POINTS_REDEEMED)
        return Line(debit=alices_points, credit=redeemed, amount=pts(points))

    return spent


@pytest.fixture
def posted():
    return posted_balance


@pytest.fixture
def available(alices_points):
    return lambda: available_balance(alices_points, "PTS")


@pytest.fixture
def hold(alices_points):
    """Hold some of Alice's points: `hold(300, source_ref=…)`."""

    def hold(points, source_ref=None):
        ref = source_ref or f"pay_{next(_numbers)}"
        return transaction(ledger.hold_funds)(account=alices_points, amount=pts(points), source_ref=ref, now=NOON)

    return hold


@pytest.fixture
def books_hold():
    """At the end of a story nothing is found wrong."""
    yield
    assert ledger.check_books(NOON) == []


def roll_up() -> int:
    """Roll up all that is written.

    A transaction that is open anywhere on the server holds a roll-up back, so a parallel worker's story does too: wait
    until none older than the last posting is open. The longest stories take more than a minute on a busy machine.
    """
    until = time.monotonic() + 300
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT max(written_in) >= pg_snapshot_xmin(pg_current_snapshot()) FROM ledger_posting")
            if not cursor.fetchone()[0]:
                return ledger.roll_up(now=NOON)
            assert time.monotonic() < until, "a transaction stays open"
            time.sleep(0.01)
