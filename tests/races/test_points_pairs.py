"""Whoever brings points to a wallet with debts, and whoever touches its lots at the same moment: in one order of locks.

The first stops as soon as it has touched the books, the second when it is about to, and each goes on when the other
stands there too, or after a while. So a circle is met every time, and not only by chance; and nobody is run again.
"""

import threading
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from common import db
from common.db import transaction
from common.errors import Refusal
from common.ids import new_id
from common.money import pts, yen
from ledger.services import check_books
from points import lots as steps
from points import services as points
from points.models import PointsLot
from points.services import check_points
from points.states import Source
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import WINDOW, give_back, hold, redeem, release

pytestmark = pytest.mark.django_db(transaction=True)

move = transaction(steps.move_points)
WAITS_FOR_THE_OTHER = 0.2


@pytest.fixture
def scene(alice, bob, komorebi):
    """Alice's lots lend to each other, since two purchases were refunded whose points are in use. Where she `owes`,
    there was not enough to lend.
    """

    def earns(amount, *, who=alice, live=True):
        (lot,) = points.earn_points(
            capture_id=new_id("cap"),
            payment_id=new_id("pay"),
            wallet_id=who.wallet.id,
            merchant_id=komorebi.id,
            base=yen(amount * 100),
            captured_at=NOON - WINDOW,
            now=NOON - WINDOW,
        )
        if live:
            points.activate_points(now=NOON)
        return lot

    def refunded(lot):
        return partial(
            points.take_back_points,
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=lot.wallet_id,
            merchant_id=komorebi.id,
            now=NOON,
        )

    def holds(amount):
        payment_id = new_id("pay")
        hold(wallet_id=alice.wallet.id, payment_id=payment_id, amount=pts(amount), now=NOON)
        return payment_id

    def scene(*, owes):
        spent = earns(100)
        paid = holds(100)
        redeem(payment_id=paid, at_merchant_id=komorebi.id, now=NOON)
        waiting, promised = earns(100), holds(100)
        also, other = earns(100), holds(60)
        lender = None if owes else earns(500)
        refunded(spent)(), refunded(waiting)()
        earns(300, who=bob)
        return SimpleNamespace(
            alice=alice,
            bob=bob,
            shop=komorebi,
            paid=paid,
            promised=promised,
            other=promised if owes else other,
            refund=refunded(also if owes else lender),
            pending=earns(70, live=False),
        )

    return scene


# Who brings points to her -------------------------------------------------------------------------------------------


def a_refund(scene):
    return partial(give_back, payment_id=scene.paid, refund_id=new_id("ref"), now=NOON)


def a_release(scene):
    return partial(release, payment_id=scene.promised, now=NOON)


def a_last_capture_of_a_part(scene):
    @transaction
    def capture():
        redeem(payment_id=scene.promised, amount=pts(30), at_merchant_id=scene.shop.id, now=NOON)
        release(payment_id=scene.promised, now=NOON)

    return capture


def a_refused_capture(scene):
    """Of a payment whose rest is let go in the same commit."""
    redeem(payment_id=scene.promised, amount=pts(30), at_merchant_id=scene.shop.id, now=NOON)

    @transaction
    def uncapture():
        give_back(payment_id=scene.promised, refund_id=new_id("ref"), now=NOON)
        release(payment_id=scene.promised, now=NOON)

    return uncapture


def a_gift(scene):
    facts = {"source": Source.GIFT, "source_ref": new_id("gft"), "now": NOON}
    return partial(move, from_wallet=scene.bob.wallet.id, to_wallet=scene.alice.wallet.id, amount=pts(200), **facts)


def new_points(scene):
    return partial(transaction(steps.activate_lot), scene.pending, now=NOON)


# Who touches her lots ------------------------------------------------------------------------------------------------


def another_payment(scene):
    return partial(hold, wallet_id=scene.alice.wallet.id, payment_id=new_id("pay"), amount=pts(50), now=NOON)


def another_capture(scene):
    return partial(redeem, payment_id=scene.other, at_merchant_id=scene.shop.id, now=NOON)


def another_refund(scene):
    return scene.refund


def another_gift(scene):
    facts = {"source": Source.GIFT, "source_ref": new_id("gft"), "now": NOON}
    return partial(move, from_wallet=scene.alice.wallet.id, to_wallet=scene.bob.wallet.id, amount=pts(10), **facts)


def the_timer(scene):
    def run():
        points.activate_points(now=NOON)
        points.expire_points(now=NOON)

    return run


BRINGS = [a_refund, a_release, a_last_capture_of_a_part, a_refused_capture, a_gift, new_points]
TOUCHES = [another_payment, another_capture, another_refund, another_gift, the_timer]


def stops_at_the_books(hand, meeting, *, afterwards):
    """The first time that it moves a counter there."""
    stood = False

    def wait():
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=WAITS_FOR_THE_OTHER)

    def stop(execute, sql, *options):
        nonlocal stood
        if stood or not sql.startswith(('UPDATE "ledger_ledgeraccount"', "SELECT points_")):
            return execute(sql, *options)
        stood = True
        if not afterwards:
            wait()
        answer = execute(sql, *options)
        if afterwards:
            wait()
        return answer

    def run():
        with connection.execute_wrapper(stop):
            return hand()

    return run


@pytest.mark.parametrize("other", TOUCHES, ids=lambda verb: verb.__name__)
@pytest.mark.parametrize("one", BRINGS, ids=lambda verb: verb.__name__)
def test_nobody_waits_in_a_circle(monkeypatch, scene, one, other):
    monkeypatch.setattr(db, "_TRIES", 1)
    here = scene(owes=one in {a_gift, new_points})
    meeting = threading.Barrier(2)
    answers = together(
        stops_at_the_books(one(here), meeting, afterwards=True),
        stops_at_the_books(other(here), meeting, afterwards=False),
    )
    errors = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refusal)]
    assert not errors, errors
    assert not isinstance(answers[0], Refusal)
    assert check_points(now=NOON) == check_books(now=NOON) == []
    assert not PointsLot.objects.filter(status="live", remaining_minor__gt=0, owed_minor__gt=0).exists()
