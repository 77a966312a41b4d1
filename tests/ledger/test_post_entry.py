"""Writing entries. The books are real."""

from datetime import UTC, datetime

import pytest
from common.db import transaction
from common.money import yen
from ledger import services as ledger
from ledger.queries import posted_balance
from ledger.states import AccountKind, Reason
from ledger.types import AccountRef, Line

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_smoke():
    line = Line(
        debit=AccountRef("sys", AccountKind.NETWORK_RECEIVABLE),
        credit=AccountRef("mer_x", AccountKind.MERCHANT_PAYABLE),
        amount=yen(5),
    )
    post = transaction(lambda: ledger.post_entry(lines=[line], reason=Reason.CAPTURE, source_ref="cap_1", now=NOON))
    assert post() == post()
    assert posted_balance(line.credit, "JPY") == yen(5)
    assert ledger.roll_up(now=NOON) == 2
    assert posted_balance(line.credit, "JPY") == yen(5)
    assert ledger.check_books(NOON) == []
