"""The checks must find what is wrong: a planted bug is the control of all other tests."""

from functools import partial
from importlib import import_module
from types import SimpleNamespace

import pytest

from common.ids import new_id
from common.money import yen
from ledger import services as ledger
from ledger.states import Reason
from payments import services as payments
from payments.invariants import check_payments
from payments.models import Authorization, Capture, Payment, Refund
from payments.network_comparison import compare_with_network
from payments.postings import capture_lines
from tests.payments.till import attempt
from vault.types import Authorized, Refused


@pytest.fixture
def paid(till, alice, komorebi):
    payment = till.buys(alice, komorebi, 10_000)
    till.until_quiet()
    assert till.findings() == []
    return payment


def checks(till):
    return {finding.check for finding in check_payments(till.now)}


class TestPlantedBugs:
    def test_a_capture_that_posts_twice_is_found(self, till, alice, komorebi, monkeypatch):
        module = import_module("payments.services.book_capture")
        real = ledger.post_entry

        def twice(*, lines, reason, source_ref, now):
            real(lines=lines, reason=reason, source_ref=new_id("cap"), now=now)
            return real(lines=lines, reason=reason, source_ref=source_ref, now=now)

        monkeypatch.setattr(module.ledger, "post_entry", twice)
        till.captures(till.buys(alice, komorebi, capture_method="manual"))
        monkeypatch.undo()
        assert "payments.sums" in checks(till)

    def test_a_capture_of_another_amount_is_found(self, till, alice, komorebi, monkeypatch):
        wrong = partial(capture_lines, card_part=yen(1))
        module = import_module("payments.services.book_capture")
        monkeypatch.setattr(
            module, "capture_lines", lambda *, merchant_id, **_card_part: wrong(merchant_id=merchant_id)
        )
        till.captures(till.buys(alice, komorebi, capture_method="manual"))
        assert {"payments.entries", "payments.sums"} <= checks(till)

    def test_a_capture_without_a_fee_is_found(self, till, alice, komorebi, monkeypatch):
        module = import_module("payments.services.book_capture")
        monkeypatch.setattr(module, "fee_lines", lambda **_facts: [])
        till.captures(till.buys(alice, komorebi, capture_method="manual"))
        assert {"payments.entries", "payments.sums"} <= checks(till)

    def test_a_refund_that_settles_nothing_is_found(self, till, alice, komorebi, paid, monkeypatch):
        module = import_module("payments.services._refund")
        monkeypatch.setattr(module, "ledger", SimpleNamespace(post_entry=lambda **_facts: None))
        till.refunds(paid)
        monkeypatch.undo()
        assert {"payments.entries", "payments.sums"} <= checks(till)

    def test_an_entry_that_belongs_to_nothing_is_found(self, till, paid, komorebi, monkeypatch):
        from common.db import transaction

        lines = capture_lines(merchant_id=komorebi.id, card_part=yen(1))
        stray = {"lines": lines, "reason": Reason.CAPTURE, "source_ref": new_id("cap"), "now": till.now}
        transaction(ledger.post_entry)(**stray)
        assert checks(till) == {"payments.sums"}

    @pytest.mark.parametrize("status", ["authorized", "requires_approval", "canceled"])
    def test_a_state_set_by_hand_is_found(self, till, paid, status):
        Payment.objects.update(status=status)
        assert {"payments.captured_once", "payments.history"} <= checks(till)

    def test_an_authorization_set_by_hand_is_found(self, till, paid):
        Authorization.objects.update(status="voided")
        assert "payments.states" in checks(till)

    def test_a_refunded_amount_set_by_hand_is_found(self, till, paid):
        Payment.objects.update(amount_refunded_minor=1)
        assert checks(till) == {"payments.refunded"}

    def test_a_refund_set_by_hand_is_found(self, till, paid):
        till.refunds(paid)
        Refund.objects.update(status="failed")
        assert {"payments.entries", "payments.sums", "payments.refunded"} <= checks(till)

    def test_a_capture_set_by_hand_is_found(self, till, paid):
        Capture.objects.update(status="refused")
        assert {"payments.captured_once", "payments.entries", "payments.sums"} <= checks(till)

    def test_points_that_stay_set_aside_after_a_decline_are_found(self, till, alice, komorebi, monkeypatch):
        till.gives_points(alice, komorebi, 500)
        till.network.declines("51")
        module = import_module("payments.services._attempt")
        monkeypatch.setattr(module, "points", SimpleNamespace(release_points=lambda **_facts: None))
        till.buys(alice, komorebi, 1_000, points=500)
        assert checks(till) == {"payments.points"}

    def test_points_that_stay_set_aside_after_a_cancel_are_found(self, till, alice, komorebi, monkeypatch):
        till.gives_points(alice, komorebi, 500)
        payment = till.buys(alice, komorebi, 1_000, points=500, capture_method="manual")
        module = import_module("payments.services._let_go")
        monkeypatch.setattr(module, "points", SimpleNamespace(release_points=lambda **_facts: None))
        payments.cancel_payment(payment_id=payment.id, by=komorebi.actor, now=till.now)
        assert checks(till) == {"payments.points"}

    @pytest.mark.parametrize(("module", "verb"), [("book_capture", "redeem_points"), ("_refund", "give_back_points")])
    def test_points_that_do_not_move_with_the_money_are_found(self, till, alice, komorebi, monkeypatch, module, verb):
        till.gives_points(alice, komorebi, 500)
        module = import_module(f"payments.services.{module}")
        monkeypatch.setattr(module, "points", SimpleNamespace(**{verb: lambda **_facts: None}))
        payment = till.buys(alice, komorebi, 1_000, points=500)
        if verb == "give_back_points":
            till.refunds(payment)
        assert checks(till) == {"payments.points"}

    def test_points_that_pay_another_shop_are_found(self, till, alice, komorebi, fly_by_night, monkeypatch):
        till.gives_points(alice, komorebi, 500)
        module = import_module("payments.services.book_capture")
        real = module.points.redeem_points
        elsewhere = SimpleNamespace(redeem_points=lambda **facts: real(**facts | {"at_merchant_id": fly_by_night.id}))
        monkeypatch.setattr(module, "points", elsewhere)
        till.buys(alice, komorebi, 1_000, points=500)
        assert checks(till) == {"payments.points"}

    def test_an_honest_story_with_points_finds_nothing(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 1_500)
        till.buys(alice, komorebi, 1_000, points=500, capture_method="manual")
        till.refunds(till.buys(alice, komorebi, 1_000, points=500))
        till.network.will(*[Authorized("R", "A", "00", till.now), Refused("57")])
        till.buys(alice, komorebi, 1_000, points=500)
        till.relay()
        assert checks(till) == set()


class TestTheNetworksBook:
    def wrong(self, till):
        return [finding.text for finding in compare_with_network(till.charges())]

    def test_agrees(self, till, paid):
        assert self.wrong(till) == []

    def test_a_charge_that_we_know_nothing_of(self, till, paid):
        till.network.book[new_id("auth")] = till.network.book[attempt(paid).id]
        assert "we know nothing of" in self.wrong(till)[0]

    def test_another_amount(self, till, paid):
        till.network.book[attempt(paid).id]["amount"] = yen(9_999)
        assert "9999" in self.wrong(till)[0]

    def test_one_question_that_was_booked_twice(self, till, paid):
        (charge,) = till.charges()
        assert "2 charges" in compare_with_network([charge, charge | {"reference": "ANOTHER"}])[0].text

    def test_another_amount_taken_than_promised(self, till, paid):
        till.network.book[attempt(paid).id]["captured"] = yen(10_100)
        assert "took 10100" in self.wrong(till)[0]

    def test_one_refund_that_was_given_twice(self, till, paid):
        till.refunds(paid)
        (charge,) = till.charges()
        twice = charge | {"refunds": charge["refunds"] * 2}
        assert "2 refunds" in compare_with_network([twice])[0].text

    def test_a_charge_that_is_not_there(self, till, paid):
        till.network.book.clear()
        assert "does not have" in self.wrong(till)[0]

    @pytest.mark.parametrize("state", ["held", "voided", "reversed", "declined", "refunded"])
    def test_another_state(self, till, paid, state):
        till.network.book[attempt(paid).id]["state"] = state
        assert state in self.wrong(till)[0]

    def test_a_refund_that_only_one_side_has(self, till, paid):
        till.refunds(paid)
        assert self.wrong(till) == []
        row = till.network.book[attempt(paid).id]
        row["refunds"] = {new_id("ref"): yen(10_000)}
        assert len(self.wrong(till)) == 2

    def test_a_refund_of_another_amount_or_state(self, till, paid):
        refund = till.refunds(paid)
        till.network.book[attempt(paid).id]["refunds"][refund.id] = yen(1)
        assert "the network has 1" in self.wrong(till)[0]
        charges = till.charges()
        charges[0]["refunds"][0]["state"] = "declined"
        assert "declined" in compare_with_network(charges)[0].text

    def test_two_claims_for_one_payment(self, till, alice, komorebi):
        till.network.declines("05")
        payment = till.buys(alice, komorebi)
        till.network.approves()
        till.approve(payment, alice)
        till.until_quiet()
        first = Authorization.objects.filter(payment_id=payment.id).earliest("id")
        till.network.book[first.id]["state"] = "held"
        assert any("2 claims" in text for text in self.wrong(till))

    def test_what_is_on_its_way_may_differ(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.network.falls_silent()
        till.buys(alice, komorebi)
        assert self.wrong(till) == []
