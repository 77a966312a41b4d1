"""A customer says that something is wrong: the shop is asked first, and fraud reaches a person at once."""

import pytest

from accounts.models import Card
from common.money import yen
from events.models import Event, OutgoingMail
from payments import services as payments
from payments.errors import (
    DisputeNotFound,
    PaymentNotFound,
    ProblemAlreadyReported,
    ProblemNotPossible,
    ProblemReportedTooOften,
)
from payments.models import Dispute, FraudReport
from payments.states import MOST_CASES_OF_CUSTOMER, DisputeReason
from tests.payments.disputes import Issuer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issuer(till):
    return Issuer(till)


@pytest.fixture
def sale(issuer, alice, komorebi):
    return issuer.sale(alice, komorebi)


@pytest.fixture
def report(till, sale, alice):
    def report_problem(problem=DisputeReason.NOT_RECEIVED, person=alice, **facts):
        known = {"payment_id": sale.id, "customer_id": person.customer.id, "by": person.actor, "now": till.now}
        return payments.report_problem(problem=problem, **known | facts)

    return report_problem


class TestThatWasntMe:
    def test_freezes_the_card_and_calls_a_person(self, report, sale, till, alice):
        report(DisputeReason.FRAUDULENT, freeze_card=True, words="I was abroad.")
        assert Card.objects.get(pk=sale.card_id).status == "frozen"
        assert FraudReport.objects.get().source == "customer"
        assert Event.objects.filter(type="payment.needs_person", subject=sale.id).exists()
        assert not Dispute.objects.exists()

    def test_leaves_the_card_alone_when_its_owner_does(self, report, sale):
        report(DisputeReason.FRAUDULENT)
        assert Card.objects.get(pk=sale.card_id).status == "usable"

    def test_what_was_written_reaches_no_shop(self, report):
        report(DisputeReason.FRAUDULENT, words="It was my neighbour.")
        told = Event.objects.get(type="fraud_report.received")
        assert "neighbour" not in str(told.data) + str(told.facts)

    def test_is_said_once(self, report):
        report(DisputeReason.FRAUDULENT)
        with pytest.raises(ProblemAlreadyReported):
            report(DisputeReason.FRAUDULENT)


class TestACaseWithTheShop:
    def test_moves_no_money_and_gives_the_shop_a_week(self, report, till, komorebi):
        before = till.balances(komorebi)
        case = report(words="Nothing came.")
        assert (case.origin, case.stage, case.status) == ("customer", "inquiry", "needs_response")
        assert (case.respond_by - till.now).days == 7
        assert till.balances(komorebi) == before
        assert not till.findings()

    def test_a_card_number_that_somebody_wrote_is_masked_and_hidden_letters_go(self, report):
        case = report(words="My card 4242 4242 4242 4242\u202e was\x07 charged.\nTwice.")
        assert "4242 4242" not in case.words
        assert "\u202e" not in case.words
        assert case.words.endswith("Twice.")

    def test_is_answered_to_the_customer_and_not_to_the_network(self, report, issuer, till, komorebi, alice):
        case = issuer.answers(report(), komorebi)
        assert (case.status, case.answers.get().status) == ("under_review", "acknowledged")
        assert not till.network.said_in_cases
        assert OutgoingMail.objects.filter(template="dispute_news", to=[alice.user.email]).exists()

    def test_is_settled_by_a_refund(self, report, till, sale):
        case = report()
        till.refunds(sale)
        till.until_quiet()
        case.refresh_from_db()
        assert (case.status, case.closed_because) == ("closed", "refunded")

    def test_may_be_taken_back(self, report, till, alice, bob):
        case = report()
        with pytest.raises(DisputeNotFound):
            payments.withdraw_problem(dispute_id=case.id, customer_id=bob.customer.id, by=bob.actor, now=till.now)
        payments.withdraw_problem(dispute_id=case.id, customer_id=alice.customer.id, by=alice.actor, now=till.now)
        case.refresh_from_db()
        assert (case.status, case.closed_because) == ("closed", "withdrawn")
        report()  # and it may be said again

    def test_without_an_answer_ends_after_a_week_and_a_person_is_told(self, report, till, sale):
        case = report()
        payments.keep_deadlines(now=till.later(days=6, hours=23).now)
        case.refresh_from_db()
        assert case.status == "needs_response"
        payments.keep_deadlines(now=till.later(hours=1).now)
        payments.keep_deadlines(now=till.now)
        case.refresh_from_db()
        assert (case.status, case.closed_because) == ("closed", "no_answer")
        assert Event.objects.filter(type="payment.needs_person", subject=sale.id).count() == 1

    def test_becomes_part_of_the_issuers_own(self, report, issuer, sale):
        case = report()
        issuer.disputes(sale)
        case.refresh_from_db()
        assert (case.status, case.closed_because) == ("closed", "network")

    def test_is_opened_once(self, report):
        report()
        with pytest.raises(ProblemAlreadyReported):
            report(DisputeReason.DUPLICATE)

    def test_and_taken_back_in_turns_fills_no_mailbox(self, report, till, alice):
        for _time in range(MOST_CASES_OF_CUSTOMER):
            case = report()
            payments.withdraw_problem(dispute_id=case.id, customer_id=alice.customer.id, by=alice.actor, now=till.now)
        with pytest.raises(ProblemReportedTooOften):
            report()

    def test_of_a_payment_that_took_nothing_is_not_opened(self, till, alice, komorebi):
        held = till.buys(alice, komorebi, capture_method="manual")
        with pytest.raises(ProblemNotPossible):
            payments.report_problem(
                payment_id=held.id,
                customer_id=alice.customer.id,
                problem=DisputeReason.NOT_RECEIVED,
                by=alice.actor,
                now=till.now,
            )


class TestSomebodyElses:
    @pytest.mark.parametrize("problem", [DisputeReason.FRAUDULENT, DisputeReason.NOT_RECEIVED])
    def test_payment_is_not_there(self, report, mallory, problem):
        with pytest.raises(PaymentNotFound):
            report(problem, person=mallory, freeze_card=True)
        assert not FraudReport.objects.exists()
        assert not Dispute.objects.exists()


class TestReminders:
    def test_go_to_the_team_seven_and_two_days_before(self, issuer, till, sale, komorebi):
        dispute = issuer.disputes(sale)
        waits = OutgoingMail.objects.filter(template="dispute_waits", to=[komorebi.owner.email])
        assert waits.count() == 1  # when it opened
        for days, mails in ((12, 1), (1, 2), (4, 2), (1, 3), (1, 3)):
            payments.keep_deadlines(now=till.later(days=days).now)
            till.relay()
            assert waits.count() == mails, till.now
        issuer.closes(dispute, "lost")

    def test_stop_when_it_is_answered(self, issuer, till, sale, komorebi):
        issuer.answers(issuer.disputes(sale), komorebi)
        payments.keep_deadlines(now=till.later(days=19).now)
        till.relay()
        assert OutgoingMail.objects.filter(template="dispute_waits").count() == 1

    def test_the_customer_hears_how_it_ended(self, issuer, till, sale, alice):
        issuer.closes(issuer.disputes(sale), "lost")
        mail = OutgoingMail.objects.get(template="dispute_news", to=[alice.user.email])
        assert str(yen(12_800)) in mail.text
