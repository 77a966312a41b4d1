"""The process dies in the middle of a story; the machines go on, and whoever asked asks again, with the same names.

In the end all is as if nobody had died: every book agrees, and nothing happened twice. A crash just before and just
after each commit and each question to the network; in the suite at some of them, by `make faults` at every one.
"""

from abc import ABC, abstractmethod
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from common.errors import Refusal
from common.ids import new_id
from common.money import yen
from events import services as events
from payments import services as payments
from payments.models import (
    Advice,
    Authentication,
    Authorization,
    CaseAnswer,
    Dispute,
    Payment,
    Receipt,
    ReceiptDue,
    Refund,
)
from tests.payments.disputes import Issuer
from tests.payments.till import SHOP, attempt
from tests.races.crashes import dies_at, steps

pytestmark = pytest.mark.django_db(transaction=True)

_numbers = count(1)


class Story(ABC):
    """`prepare` is what was before; each line of `lines` may be the last, and may be told again."""

    def __init__(self, till, person, shop):
        self.till, self.network, self.person, self.shop = till, till.network, person, shop
        self.prepare()

    @abstractmethod
    def prepare(self): ...

    @abstractmethod
    def lines(self): ...

    def tell(self):
        for line in self.lines():
            with suppress(Refusal):
                line()

    def wait(self):
        self.till.later(seconds=6).janitor()

    def payment_ids(self):
        return [self.payment.id]

    def ends(self):
        """How it ended: status, captured, refunded, released, disputed, and what the network still takes for it."""
        payments = Payment.objects.filter(pk__in=self.payment_ids())
        said = "status", "amount_captured_minor", "amount_refunded_minor", "amount_released_minor"
        return [*payments.values_list(*said, "amount_disputed_minor")], self.claimed()

    def claimed(self):
        mine = set(self.attempts().values_list("pk", flat=True))
        charges = [charge for charge in self.till.charges() if charge["our_reference"] in mine]
        return sum(_claim(charge) for charge in charges)

    def attempts(self):
        return Authorization.objects.filter(payment__in=self.payment_ids())


def _claim(charge):
    if charge["state"] not in {"held", "partially_captured", "captured", "refunded"}:
        return 0
    returned = sum(refund["amount"] for refund in charge["refunds"])
    held = charge["amount"] - charge["amount_released"]
    return (held if charge["state"] in {"held", "partially_captured"} else charge["amount_captured"]) - returned


class InParts(Story):
    """Two captures, the rest let go, two refunds: points and fee are shared among them."""

    end = [("partially_captured", 5_000, 4_000, 5_000, 0)], 995

    def prepare(self):
        facts = {"points": 50, "capture_method": "manual"}
        self.payment = self.till.buys(self.person, self.shop, 10_000, **facts)
        self.captures = [new_id("cap"), new_id("cap")]
        self.refunds = [new_id("ref"), new_id("ref")]

    def lines(self):
        first, last = self.captures
        return [
            partial(self.till.captures, self.payment, 4_000, capture_id=first),
            partial(self.till.captures, self.payment, 1_000, capture_id=last, final=True),
            self.till.relay,
            partial(self.till.refunds, self.payment, refund_id=self.refunds[0], amount=yen(2_500)),
            self.wait,
            partial(self.till.refunds, self.payment, refund_id=self.refunds[1], amount=yen(1_500)),
            self.till.relay,
        ]


class ByPointsAlone(Story):
    """Nobody is asked, so there is little to die of: the approval is one commit."""

    end = [("partially_captured", 700, 700, 300, 0)], 0

    def prepare(self):
        self.payment = self.till.asks(self.shop, 1_000, capture_method="manual")
        self.captures = [new_id("cap"), new_id("cap")]
        self.refunds = [new_id("ref"), new_id("ref")]

    def lines(self):
        first, last = self.captures
        return [
            partial(self.till.approve, self.payment, self.person, points=1_000),
            partial(self.till.captures, self.payment, 400, capture_id=first),
            partial(self.till.captures, self.payment, 300, capture_id=last, final=True),
            self.till.relay,
            partial(self.till.refunds, self.payment, refund_id=self.refunds[0], amount=yen(250)),
            self.wait,
            partial(self.till.refunds, self.payment, refund_id=self.refunds[1]),
            self.till.relay,
        ]


class UnderAGrant(Story):
    """A shop charges while its customer sleeps."""

    end = [("captured", 1_000, 0, 0, 0)], 1_000

    def prepare(self):
        self.grant = self.till.allows(self.person, self.shop)
        self.names = {"payment_id": new_id("pay"), "merchant_reference": new_id("req")}

    def payment_ids(self):
        return [self.names["payment_id"]]

    def lines(self):
        return [partial(self.till.charges_grant, self.grant, self.shop, **self.names), self.wait, self.till.relay]


class UnderAGrantAtOnce(Story):
    """The same in two statements with an idempotency key, as the API does it."""

    end = UnderAGrant.end

    def prepare(self):
        self.grant = self.till.allows(self.person, self.shop)
        self.key, self.reference = new_id("req"), new_id("req")

    def payment_ids(self):
        return list(Payment.objects.filter(merchant_reference=self.reference).values_list("pk", flat=True))

    def lines(self):
        return [self.charge, self.wait, self.till.relay]

    def charge(self):
        asked = {"owner_ref": self.shop.id, "key": self.key, "question": b"q" * 32, "now": self.till.now}
        facts = {
            "merchant_id": self.shop.id,
            "grant_id": self.grant.id,
            "amount": yen(1_000),
            "merchant_reference": self.reference,
            "by": SHOP,
            "now": self.till.now,
        }
        key, answering = events.claim_document(**asked), lambda payment, _snapshot: (201, payment.id.encode())
        if (charged := payments.charge_at_once(key=key, answering=answering, **facts)) is not None:
            if charged.payment and charged.answer is None:
                events.finish_key_at_once(charged.claim, status=201, body=b"", now=self.till.now)
            return
        if (claim := events.claim_key(**asked)).is_ours:
            payment = payments.charge_grant(payment_id=claim.effect_id("pay"), **facts)
            events.finish_key(claim, status=201, body=payment.id.encode(), now=self.till.now)


class WithAChallenge(Story):
    """The issuer wants to see its customer before it promises anything."""

    def prepare(self):
        self.network.authentication = "C"
        self.payment = self.till.asks(self.shop, 1_000)
        self.offer = self.till.offer(self.payment, self.person)

    def lines(self):
        person, now = self.person, self.till.now
        back = partial(payments.continue_payment, payment_id=self.payment.id, by=person.actor, now=now)
        return [
            partial(self.till.approve, self.payment, person, offer=self.offer),
            self.the_issuer_is_satisfied,
            back,
            self.wait,
            self.till.relay,
        ]

    def the_issuer_is_satisfied(self):
        for reference in Authentication.objects.filter(payment=self.payment).values_list("pk", flat=True):
            if reference in self.network.authentications:
                message = self.network.result(reference)
                payments.hear_authentication(key=reference, message=message, now=self.till.now)


class Disputed(Story):
    """The issuer takes a part back, the shop answers, the network decides."""

    outcome, part = "lost", 3_000
    end = [("captured", 4_000, 500, 0, 3_000)], 3_500

    def prepare(self):
        issuer, self.case = Issuer(self.till), f"CASE{next(_numbers)}"
        self.payment = issuer.sale(self.person, self.shop, 4_000)
        self.till.refunds(self.payment, amount=yen(500))
        self.till.relay()
        facts = {"case_ref": self.case, "reason_code": "13.1", "amount": yen(self.part)}
        self.network.tells("dispute_opened", attempt(self.payment).id, **facts)

    def lines(self):
        return [
            self.hear,
            self.answer,
            self.till.relay,
            partial(self.network.tells, "dispute_closed", attempt(self.payment).id, case_ref=self.case,
                    outcome=self.outcome),
            self.hear,
            self.till.relay,
        ]  # fmt: skip

    def hear(self):
        payments.hear_notices(now=self.till.now)

    def answer(self):
        dispute = Dispute.objects.filter(case_ref=self.case).first()
        if dispute:
            facts = {"facts": {"statement": "It was delivered."}, "by": self.shop.actor}
            payments.submit_evidence(dispute_id=dispute.id, now=self.till.now, **facts)


class DisputedAndWon(Disputed):
    outcome = "won"
    end = [("captured", 4_000, 500, 0, 0)], 3_500


class DisputedAndAccepted(Disputed):
    outcome = "accepted"

    def answer(self):
        if dispute := Dispute.objects.filter(case_ref=self.case).first():
            payments.accept_dispute(dispute_id=dispute.id, by=self.shop.actor, now=self.till.now)


BEHAVIOURS = {
    "approves": lambda network: network.approves(),
    "declines": lambda network: network.declines("51"),
    "answers get lost": lambda network: network.falls_silent(),
    "questions get lost": lambda network: network.falls_silent(booked=False),
    "is down": lambda network: network.is_down(),
}


def go_through(story, till, person, shop, *, behave, begin, stride):
    """Let it die at one step after the other, until one telling gets to its end."""
    died_at = []
    for step in steps(begin=begin, stride=stride):
        told = story(till, person, shop)
        behave(till.network)
        with dies_at(step, till.network) as died:
            told.tell()
        till.network.approves()
        machines_go_on(till)
        assert till.findings() == [], f"before anybody asked again, after a crash at step {step}"
        told.tell()
        machines_go_on(till)
        yield told
        assert till.findings() == [], f"after a crash at step {step}"
        nothing_waits(told)
        if not died:
            break
        died_at += died
    assert died_at


def machines_go_on(till):
    """Long enough for every lease to end; the processes were started anew."""
    till.until_quiet()
    till.later(minutes=2)
    payments.hear_notices(now=till.now)
    till.until_quiet()


def nothing_waits(told):
    mine = {"payment__in": told.payment_ids()}
    assert not Authorization.objects.filter(status__in=["authenticating", "sent", "unknown"], **mine).exists()
    assert not Advice.objects.filter(status="due", authorization__in=told.attempts()).exists()
    assert not Refund.objects.filter(status="pending", **mine).exists()
    assert not ReceiptDue.objects.filter(**mine).exists()
    for payment in Payment.objects.filter(pk__in=told.payment_ids()):
        stated = Receipt.objects.filter(payment=payment)
        captures = payment.captures.exclude(status="refused").count()
        assert stated.filter(kind="capture").count() == captures
        assert stated.filter(kind="refund").count() == payment.refunds.filter(status="succeeded").count()
        assert stated.filter(kind="dispute").count() == payment.disputes.exclude(closed_at=None).count()


@pytest.mark.parametrize("behaviour", ["approves", "answers get lost", "is down"])
def test_captures_and_refunds_in_parts(till, alice, komorebi, fly_by_night, behaviour):
    till.gives_points(alice, fly_by_night, 50_000)
    behave = BEHAVIOURS[behaviour]
    for told in go_through(InParts, till, alice, komorebi, behave=behave, begin=1, stride=41):
        assert told.ends() == InParts.end


def test_points_that_pay_all_of_it(till, alice, komorebi, fly_by_night):
    till.gives_points(alice, fly_by_night, 1_000)
    before = till.balances(wallets=[alice])[alice.user.email, "points"]
    behave = BEHAVIOURS["is down"]
    for told in go_through(ByPointsAlone, till, alice, komorebi, behave=behave, begin=1, stride=7):
        assert told.ends() == ByPointsAlone.end
        assert told.attempts().count() == 1
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == before


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("story", [UnderAGrant, UnderAGrantAtOnce])
def test_a_charge_under_a_grant(till, alice, komorebi, story, behaviour):
    for told in go_through(story, till, alice, komorebi, behave=BEHAVIOURS[behaviour], begin=2, stride=9):
        # Where it died before the network was asked, the network knows nothing, and that is a no for good.
        assert told.ends() in (story.end, ([("declined", 0, 0, 0, 0)], 0))
        assert told.attempts().count() == 1
    if behaviour in {"approves", "answers get lost"}:
        assert told.ends() == story.end, "nobody died in the last telling"


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_purchase_with_a_challenge(till, settings, alice, komorebi, behaviour):
    settings.THREE_DS, settings.THREE_DS_UNAVAILABLE = "always", "go_on"
    for told in go_through(WithAChallenge, till, alice, komorebi, behave=BEHAVIOURS[behaviour], begin=3, stride=13):
        (said, *_none), claimed = told.ends()
        assert (said[0], claimed) in {("captured", 1_000), ("requires_approval", 0)}
        assert told.attempts().filter(status="authorized").count() == (said[0] == "captured")


@pytest.mark.parametrize("story", [Disputed, DisputedAndWon, DisputedAndAccepted])
def test_a_dispute(till, alice, komorebi, story):
    for told in go_through(story, till, alice, komorebi, behave=BEHAVIOURS["approves"], begin=1, stride=19):
        assert told.ends() == story.end
        assert CaseAnswer.objects.filter(dispute__case_ref=told.case).count() == 1
