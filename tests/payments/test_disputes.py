"""Disputes, from the network's notice to the books. The books are real; only the network is played."""

from datetime import timedelta

import pytest

from common.money import pts, yen
from common.states import TransitionRefused
from events.models import Event, InboundEvent
from payments import services as payments
from payments.errors import (
    AlreadyAnswered,
    DisputeDeadlinePassed,
    DisputeNotFound,
    EvidenceEmpty,
    InquiryHasNothingToAccept,
    NothingToRefund,
    RefundExceedsCaptured,
)
from payments.invariants import check_payments
from payments.models import CaseAnswer, Dispute, FraudReport, Payment, Refund
from payments.queries import open_cases, published_keys, receipts_of_payment
from payments.receipts import verify_receipt
from payments.states import DisputeStatus
from points.queries import points_of
from tests.payments.disputes import Issuer
from tests.payments.till import attempt
from vault.types import Unknown

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issuer(till):
    return Issuer(till)


@pytest.fixture
def sale(issuer, alice, komorebi):
    return issuer.sale(alice, komorebi)


def owed(till, shop):
    return till.balances(shop)[shop.id, "merchant_payable"]


def withheld(till, shop):
    return till.balances(shop)[shop.id, "merchant_withheld"]


def types_about(dispute):
    return list(Event.objects.filter(subject=dispute.id).order_by("id").values_list("type", flat=True))


class TestOpening:
    def test_withholds_what_is_disputed(self, till, issuer, sale, komorebi):
        before = owed(till, komorebi)
        dispute = issuer.disputes(sale, reason_code="10.4")
        assert (dispute.status, dispute.reason, dispute.withheld) == ("needs_response", "fraudulent", yen(12_800))
        assert (owed(till, komorebi), withheld(till, komorebi)) == (before - 12_800, 12_800)
        assert not till.findings()

    def test_a_part_is_withheld_when_a_part_is_disputed(self, till, issuer, sale, komorebi):
        issuer.disputes(sale, amount=yen(6_400))
        assert withheld(till, komorebi) == 6_400
        assert Payment.objects.get(pk=sale.id).refundable == yen(6_400)
        assert not till.findings()

    def test_the_same_case_told_twice_is_one_dispute(self, till, issuer, sale, komorebi):
        issuer.disputes(sale)
        issuer.disputes(sale)  # another notice, the same case
        till.network.dealt_with.clear()
        payments.hear_notices(now=till.now)  # the same notices again
        assert Dispute.objects.count() == 1
        assert withheld(till, komorebi) == 12_800
        assert InboundEvent.objects.filter(source="card_network").count() == 2

    def test_an_inquiry_moves_no_money(self, till, issuer, sale, komorebi):
        before = till.balances(komorebi)
        dispute = issuer.disputes(sale, kind="inquiry")
        assert till.balances(komorebi) == before
        assert issuer.closes(dispute, "closed").status == DisputeStatus.CLOSED
        assert till.balances(komorebi) == before

    def test_an_inquiry_may_become_a_chargeback(self, till, issuer, sale, komorebi):
        inquiry = issuer.disputes(sale, kind="inquiry")
        issuer.answers(inquiry, komorebi)
        dispute = issuer.disputes(sale)
        assert (dispute.id, dispute.stage, dispute.status) == (inquiry.id, "chargeback", "needs_response")
        assert withheld(till, komorebi) == 12_800
        issuer.answers(dispute, komorebi)  # once more: it is another stage
        assert not till.findings()

    def test_after_a_full_refund_it_is_answered_for_the_shop_and_nothing_is_lost_twice(
        self, till, issuer, sale, komorebi
    ):
        till.refunds(sale)
        till.until_quiet()
        before = till.balances(komorebi)
        dispute = issuer.disputes(sale)
        assert (dispute.status, dispute.withheld) == ("under_review", yen(0))
        (answer,) = CaseAnswer.objects.filter(dispute=dispute)
        assert answer.facts["refund"] == sale.refunds.get().id
        assert till.network.said_in_cases["CASE1"] == {answer.id: ("evidence", answer.digest)}
        assert issuer.closes(dispute, "won").status == DisputeStatus.WON
        assert till.balances(komorebi) == before
        assert not till.findings()

    def test_only_the_card_part_is_disputed_and_points_stay_where_they_are(self, till, issuer, alice, komorebi):
        till.gives_points(alice, komorebi, 800)
        sale = issuer.sale(alice, komorebi, points=800)
        dispute = issuer.disputes(sale, amount=yen(12_000))
        assert dispute.withheld == yen(12_000)
        assert issuer.closes(dispute, "lost").status == DisputeStatus.LOST
        assert not till.findings()

    def test_after_it_took_the_card_part_only_the_points_are_left_to_refund(self, till, issuer, alice, komorebi):
        till.gives_points(alice, komorebi, 800)
        sale = issuer.sale(alice, komorebi, points=800)
        issuer.closes(issuer.disputes(sale, amount=yen(12_000)), "lost")
        with pytest.raises(RefundExceedsCaptured):
            till.refunds(sale, amount=yen(801))
        some, rest = till.refunds(sale, amount=yen(300)), till.refunds(sale)
        assert [(one.status, one.card_part, one.points_minor) for one in (some, rest)] == [
            ("succeeded", yen(0), 300),
            ("succeeded", yen(0), 500),
        ]
        till.relay()
        assert points_of(alice.wallet.id, till.now).live == pts(800)
        assert not till.findings()

    def test_beside_a_part_of_the_card_part_no_more_than_the_rest_goes_back_to_the_card(
        self, till, issuer, alice, komorebi
    ):
        till.gives_points(alice, komorebi, 800)
        sale = issuer.sale(alice, komorebi, points=800)
        issuer.disputes(sale, amount=yen(11_000))
        refund = till.refunds(sale)
        assert (refund.card_part, refund.points_minor) == (yen(1_000), 800)
        assert not till.findings()

    def test_a_refund_beyond_what_a_dispute_left_is_found(self, till, issuer, sale):
        issuer.disputes(sale, amount=yen(8_000))
        till.refunds(sale)
        till.until_quiet()
        assert not till.findings()
        Refund.objects.update(amount_minor=4_801)
        found = [finding.text for finding in check_payments(till.now) if finding.check == "payments.card_part"]
        assert found == ["refunds and disputes take 1 more than the card paid"]

    def test_an_operator_may_ask_a_fee_and_gives_it_back_when_the_shop_wins(
        self, till, issuer, sale, komorebi, settings
    ):
        settings.DISPUTE_FEE_MINOR = 1_500
        before = till.balances(komorebi)
        dispute = issuer.disputes(sale)
        assert owed(till, komorebi) == before[komorebi.id, "merchant_payable"] - 12_800 - 1_500
        assert not till.findings()
        issuer.closes(issuer.answers(dispute, komorebi), "won")
        assert till.balances(komorebi) == before
        assert not till.findings()


class TestEvidence:
    def test_goes_out_with_its_digest_and_the_dispute_is_under_review(self, till, issuer, sale, komorebi):
        dispute = issuer.answers(issuer.disputes(sale), komorebi)
        answer = dispute.answers.get()
        assert (dispute.status, answer.status) == ("under_review", "acknowledged")
        assert till.network.said_in_cases["CASE1"][answer.id] == ("evidence", answer.digest)

    def test_wins(self, till, issuer, sale, komorebi):
        before = till.balances(komorebi)
        dispute = issuer.closes(issuer.answers(issuer.disputes(sale), komorebi), "won")
        assert dispute.status == DisputeStatus.WON
        assert till.balances(komorebi) == before
        assert types_about(dispute) == ["dispute.opened", "dispute.evidence_submitted", "dispute.won"]
        assert not till.findings()

    def test_silence_of_the_network_is_no_answer_and_it_is_said_again(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale)
        till.network.will(Unknown("lost"))
        issuer.answers(dispute, komorebi)
        assert dispute.answers.get().status == "due"
        till.later(minutes=1).relay()
        answer = dispute.answers.get()
        assert (answer.status, answer.attempts) == ("acknowledged", 2)

    def test_at_the_deadline_itself_is_too_late(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale)
        till.later(days=20)
        with pytest.raises(DisputeDeadlinePassed):
            issuer.answers(dispute, komorebi)
        with pytest.raises(DisputeDeadlinePassed):
            payments.accept_dispute(dispute_id=dispute.id, by=komorebi.actor, now=till.now)

    def test_is_given_once_at_each_stage(self, till, issuer, sale, komorebi):
        dispute = issuer.answers(issuer.disputes(sale), komorebi)
        with pytest.raises(TransitionRefused):
            issuer.answers(dispute, komorebi)
        assert dispute.answers.count() == 1

    def test_the_same_answer_again_is_the_first(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale)
        answer_id = "dan_01jd0000000000000000000000"
        issuer.answers(dispute, komorebi, answer_id=answer_id)
        issuer.answers(dispute, komorebi, answer_id=answer_id)
        assert dispute.answers.get().id == answer_id
        other = issuer.disputes(issuer.sale(sale_person(till), komorebi), case="CASE2")
        with pytest.raises(AlreadyAnswered):
            issuer.answers(other, komorebi, answer_id=answer_id)

    def test_says_something(self, till, issuer, sale, komorebi):
        with pytest.raises(EvidenceEmpty):
            issuer.answers(issuer.disputes(sale), komorebi, facts={"statement": ""})


def sale_person(till):
    from tests.cast import person

    return person("Carol")


class TestLosing:
    def test_what_was_withheld_is_gone(self, till, issuer, sale, komorebi):
        before = owed(till, komorebi)
        dispute = issuer.closes(issuer.disputes(sale), "lost")
        assert (dispute.status, owed(till, komorebi), withheld(till, komorebi)) == ("lost", before - 12_800, 0)
        assert not till.findings()

    def test_what_it_had_earned_is_taken_back(self, till, issuer, sale, alice):
        assert points_of(alice.wallet.id, till.now).pending == pts(128)
        issuer.closes(issuer.disputes(sale), "lost")
        assert points_of(alice.wallet.id, till.now).pending == pts(0)
        assert not till.findings()

    def test_of_a_part_that_was_lost_half_of_what_it_earned_is_taken_back(self, till, issuer, sale, alice):
        issuer.closes(issuer.disputes(sale, amount=yen(6_400)), "lost")
        assert points_of(alice.wallet.id, till.now).pending == pts(64)
        assert not till.findings()

    def test_accepting_tells_the_network_and_twice_is_once(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale)
        for _ in range(2):
            payments.accept_dispute(dispute_id=dispute.id, by=komorebi.actor, now=till.now)
        till.relay()
        answer = dispute.answers.get()
        assert till.network.said_in_cases["CASE1"][answer.id] == ("acceptance", answer.digest)
        assert issuer.closes(dispute, "accepted").status == DisputeStatus.ACCEPTED
        assert types_about(dispute) == ["dispute.opened", "dispute.accepted"]
        assert not till.findings()

    def test_there_is_nothing_to_accept_in_an_inquiry(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale, kind="inquiry")
        with pytest.raises(InquiryHasNothingToAccept):
            payments.accept_dispute(dispute_id=dispute.id, by=komorebi.actor, now=till.now)

    def test_what_was_lost_cannot_be_refunded_as_well(self, till, issuer, sale):
        issuer.closes(issuer.disputes(sale), "lost")
        with pytest.raises(NothingToRefund):
            till.refunds(sale)


class TestReceipts:
    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_state_how_the_network_ended_it(self, issuer, sale, outcome):
        dispute = issuer.closes(issuer.disputes(sale), outcome)
        *_, last = receipts_of_payment(sale)
        said = verify_receipt(last.jws, published_keys())
        assert (said["kind"], said["dispute"], said["outcome"], said["amount"]) == (
            "dispute",
            dispute.id,
            outcome,
            12_800,
        )

    def test_state_that_the_shop_accepted(self, till, issuer, sale, komorebi):
        dispute = issuer.disputes(sale)
        payments.accept_dispute(dispute_id=dispute.id, by=komorebi.actor, now=till.now)
        till.relay()
        *_, last = receipts_of_payment(sale)
        assert verify_receipt(last.jws, published_keys())["outcome"] == "accepted"

    def test_state_each_end_of_a_case_that_went_on(self, issuer, sale):
        dispute = issuer.closes(issuer.disputes(sale), "won")
        issuer.says("dispute_stage", sale, case_ref=dispute.case_ref, due_at=issuer.till.now + timedelta(days=20))
        issuer.closes(dispute, "lost")
        said = [verify_receipt(one.jws, published_keys()) for one in receipts_of_payment(sale)]
        assert [one["outcome"] for one in said if one["kind"] == "dispute"] == ["won", "lost"]


class TestSecondStage:
    def test_of_a_lost_dispute_is_noted_and_no_money_moves(self, till, issuer, sale, komorebi):
        dispute = issuer.closes(issuer.disputes(sale), "lost")
        before = till.balances(komorebi)
        issuer.says("dispute_stage", sale, case_ref="CASE1", due_at=till.now + timedelta(days=10))
        dispute.refresh_from_db()
        assert (dispute.stage, dispute.status) == ("pre_arbitration", "lost")
        assert till.balances(komorebi) == before
        assert not till.findings()

    def test_of_a_won_dispute_takes_the_money_once_more(self, till, issuer, sale, komorebi):
        dispute = issuer.closes(issuer.answers(issuer.disputes(sale), komorebi), "won")
        issuer.says("dispute_stage", sale, case_ref="CASE1", due_at=till.now + timedelta(days=10))
        dispute.refresh_from_db()
        assert (dispute.stage, dispute.status, withheld(till, komorebi)) == (
            "pre_arbitration", "needs_response", 12_800,
        )  # fmt: skip
        assert not till.findings()
        issuer.closes(issuer.answers(dispute, komorebi), "won")
        assert withheld(till, komorebi) == 0
        assert not till.findings()


class TestRefundsBeside:
    def test_what_was_refunded_is_not_taken_a_second_time(self, till, issuer, sale, komorebi):
        till.network.declines("57")
        till.refunds(sale)
        till.until_quiet()
        assert issuer.disputes(sale).withheld == yen(12_800)
        assert not till.findings()

    def test_a_refund_that_fails_leaves_the_amount_to_the_dispute(self, till, issuer, sale, komorebi):
        till.network.falls_silent(booked=False)
        refund = till.refunds(sale)
        dispute = issuer.disputes(sale)
        assert (refund.status, dispute.withheld) == ("pending", yen(0))
        till.network.approves()
        till.until_quiet()
        dispute.refresh_from_db()
        refund.refresh_from_db()
        assert (refund.status, dispute.withheld) == ("failed", yen(12_800))
        assert not till.findings()


class TestReportsOfFraud:
    def test_are_kept_once_and_told_to_the_shop(self, till, issuer, sale):
        issuer.says("fraud_report", sale)
        issuer.says("fraud_report", sale)
        report = FraudReport.objects.get()
        assert (report.source, report.amount) == ("network", yen(12_800))
        told = Event.objects.get(type="fraud_report.received")
        assert (told.owner_ref, told.data["told_by"]) == (sale.merchant_id, "network")

    def test_misuse_elsewhere_is_for_the_staff_only(self, issuer, sale):
        issuer.says("fraud_elsewhere", sale)
        assert Event.objects.get(type="fraud_report.received").owner_ref == ""


class TestNotices:
    def test_one_that_fits_nothing_is_kept_and_stops_no_other(self, till, issuer, sale):
        till.network.tells("dispute_opened", "auth_01jd0000000000000000000000", case_ref="X", amount=yen(1))
        till.network.tells("dispute_closed", attempt(sale).id, case_ref="unheard", outcome="won")
        assert issuer.disputes(sale).status == "needs_response"
        assert len(till.network.dealt_with) == 3
        missed = [case for case in open_cases(now=till.now) if not case.payment_id]
        assert [case.needs_person for case in missed] == [True, True]
        assert {"X" in case.why for case in missed} == {True, False}  # in whatever language

    def test_a_safe_that_is_away_is_asked_again(self, till, sale, monkeypatch):
        from vault.errors import SafeUnavailable

        def away(**_):
            raise SafeUnavailable

        monkeypatch.setattr("vault.services.read_notices", away)
        assert payments.hear_notices(now=till.now) == 0

    def test_a_new_expiry_reaches_the_card(self, till, alice):
        card = till.card(alice, exp_year=2026)
        till.network.tells("account_updated", card_tokens=[card.card_token], exp_month=12, exp_year=2033)
        payments.hear_notices(now=till.now)
        payments.hear_notices(now=till.now)
        card.refresh_from_db()
        assert (card.exp_month, card.exp_year) == (12, 2033)
        assert Event.objects.filter(type="card.renewed").count() == 1


class TestSomebodyElses:
    def test_dispute_that_is_not_there(self, till, komorebi):
        with pytest.raises(DisputeNotFound):
            payments.accept_dispute(dispute_id="dsp_01jd0000000000000000000000", by=komorebi.actor, now=till.now)
