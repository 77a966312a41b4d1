"""One command says whether everything that must hold does."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.actors import SYSTEM
from common.db import transaction
from common.money import yen
from events import services as events
from ledger import services as ledger
from ledger.states import AccountKind, Reason
from ledger.types import AccountRef, Line
from tests.cast import NOON
from tests.ledger.conftest import roll_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def posted():
    """A posting that no payment asked for: the checks of the rooms above say so too."""

    @transaction
    def post():
        line = Line(
            debit=AccountRef("sys", AccountKind.NETWORK_RECEIVABLE),
            credit=AccountRef("mer_1", AccountKind.MERCHANT_PAYABLE),
            amount=yen(1_000),
        )
        ledger.post_entry(lines=[line], reason=Reason.CAPTURE, source_ref="cap_1", now=NOON)

    post()
    roll_up()


class TestVerify:
    def test_is_content_with_an_honest_day(self, capsys):
        transaction(events.write_audit)("card.frozen", subject="card_1", by=SYSTEM, at=NOON)
        call_command("verify")
        said = capsys.readouterr().out
        assert "holds  ledger.check_books" in said
        assert "1 audit records" in said

    @pytest.mark.usefixtures("posted")
    def test_names_what_is_wrong_and_ends_with_1(self):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE ledger_posting SET amount_minor = 999")
            cursor.execute("SET session_replication_role = origin")
        with pytest.raises(CommandError, match=r"ledger\.rollups") as no:
            call_command("verify")
        assert no.value.returncode == 1

    def test_misses_what_was_cut_off_only_without_the_head_kept_elsewhere(self):
        head = "7:" + "00" * 32
        with pytest.raises(CommandError, match="seal 7"):
            call_command("verify", f"--audit-head={head}")
