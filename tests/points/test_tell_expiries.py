"""Mails about points that will expire: thirty days before and seven, once each."""

import sys
from datetime import timedelta

import pytest

from accounts.models import User
from common.money import pts
from events.models import OutgoingMail
from points import services as points
from points.expiry_mails import mail_about_expiry
from points.models import ExpiryNotice, PointsLot
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
MODULE = sys.modules["points.services.tell_expiries"]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def tell(lot, *, before):
    return points.tell_expiries(now=lot.expires_at - before)


def mails():
    return OutgoingMail.objects.filter(template="points_news").order_by("id")


def told():
    return list(ExpiryNotice.objects.order_by("id").values_list("days_before", "amount_minor"))


def test_thirty_days_before_and_seven_once_each(alice, has):
    lot = has(120)
    moments = (30 * DAY + SECOND, 30 * DAY, 30 * DAY, 7 * DAY + SECOND, 7 * DAY, DAY)
    assert [tell(lot, before=before) for before in moments] == [0, 1, 0, 0, 1, 0]
    assert told() == [(30, 120), (7, 120)]
    mail = mails().first()
    assert (mail.to, mail.subject) == ([alice.user.email], "120 points will expire")
    assert "until the end of 30 Nov 2027 (Japan time)" in mail.text


def test_says_it_in_japanese(alice, has):
    User.objects.filter(pk=alice.user.pk).update(language="ja")
    tell(has(120), before=7 * DAY)
    assert mails().get().subject == "120ポイントの有効期限が近づいています"


def test_adds_up_what_expires_together_and_counts_what_is_left(alice, bob, has, pay):
    has(100)
    lot = has(50)
    has(70, who=bob)
    pay(pts(30).minor)
    assert tell(lot, before=30 * DAY) == 2
    assert sorted(told()) == [(30, 70), (30, 120)]


def test_who_spent_them_all_is_told_nothing(has, pay):
    lot = has(100)
    pay(100)
    assert tell(lot, before=30 * DAY) == 0


def test_after_a_pause_of_weeks_only_the_nearer_one_is_told(has):
    lot = has(100)
    assert tell(lot, before=3 * DAY) == 1
    assert told() == [(7, 100)]


def test_what_has_expired_is_not_announced(has):
    lot = has(100)
    assert tell(lot, before=DAY - DAY) == 0


def test_goes_on_page_after_page_and_after_a_power_cut(monkeypatch, alice, bob, has):
    monkeypatch.setattr(MODULE, "_PAGE", 1)
    has(100)
    lot = has(70, who=bob)
    real, seen = mail_about_expiry, []

    def breaks_at_the_second(*args, **facts):
        seen.append(args)
        if len(seen) == 2:
            raise OSError
        real(*args, **facts)

    with monkeypatch.context() as broken, pytest.raises(OSError):  # noqa: PT011, PT012 (ours, and only inside it is broken)
        broken.setattr(MODULE, "mail_about_expiry", breaks_at_the_second)
        tell(lot, before=30 * DAY)
    assert mails().count() == ExpiryNotice.objects.count() == 1
    assert tell(lot, before=30 * DAY) == 1
    assert mails().count() == 2


def test_what_lies_in_a_gift_is_told_to_nobody(alice, has):
    lot = has(100)
    points.send_gift(
        customer_id=alice.customer.id,
        to_email="bob@example.jp",
        amount=pts(100),
        asked_as="one",
        by=alice.actor,
        now=lot.expires_at - 30 * DAY,
    )
    assert PointsLot.objects.get(source="gift").remaining == pts(100)
    assert tell(lot, before=30 * DAY) == 0


@pytest.fixture
def family(alice, bob):
    """Alice and Bob share a pool."""
    points.start_family(customer_id=alice.customer.id, name="Sato", by=alice.actor, now=NOON)
    asked = points.invite_member(customer_id=alice.customer.id, email=bob.user.email, by=alice.actor, now=NOON)
    return points.accept_invitation(
        customer_id=bob.customer.id, member_id=asked.id, verified_email=bob.user.email, by=bob.actor, now=NOON
    )


def put_in(who, amount):
    facts = {"customer_id": who.customer.id, "by": who.actor, "now": NOON}
    points.put_in_points(amount=pts(amount), asked_as="one", **facts)


@pytest.mark.usefixtures("family")
class TestAFamilysPool:
    def test_is_told_to_whoever_put_the_points_in_once(self, monkeypatch, alice, bob, has):
        monkeypatch.setattr(MODULE, "_PAGE", 1)
        lot = has(100)
        has(70, who=bob)
        put_in(alice, 100), put_in(bob, 30)
        assert [tell(lot, before=before) for before in (30 * DAY, 29 * DAY, 7 * DAY)] == [2, 0, 2]
        for who, amount, lines in (
            (alice, 100, ["100 points of these are in your family’s pool"]),
            (bob, 70, ["30 points of these are in your family’s pool"]),
        ):
            told = ExpiryNotice.objects.filter(wallet_id=who.wallet.id).order_by("-days_before")
            assert list(told.values_list("days_before", "amount_minor")) == [(30, amount), (7, amount)]
            mail = mails().filter(to=[who.user.email]).first()
            assert mail.subject == f"{amount} points will expire"
            assert all(line in mail.text for line in lines)

    def test_leads_to_its_page_who_has_none_elsewhere(self, alice, bob, has):
        lot = has(100)
        has(70, who=bob)
        put_in(alice, 100), put_in(bob, 30)
        tell(lot, before=30 * DAY)
        assert "/points/family" in mails().get(to=[alice.user.email]).text
        assert "/points/family" not in mails().get(to=[bob.user.email]).text

    def test_is_no_news_to_who_drew_or_left(self, alice, bob, has):
        lot = has(100)
        put_in(alice, 100)
        facts = {"customer_id": bob.customer.id, "by": bob.actor, "now": NOON + DAY}
        points.draw_points(amount=pts(100), asked_as="two", **facts)
        assert tell(lot, before=30 * DAY) == 1
        assert told() == [(30, 100)]
        assert mails().get().to == [bob.user.email]

    def test_says_nothing_of_a_pool_to_who_has_none(self, has):
        tell(has(120), before=7 * DAY)
        assert "pool" not in mails().get().text


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_one_mail(has):
    lot = has(100)
    answers = together(*(lambda: tell(lot, before=30 * DAY) for _hand in range(2)))
    assert sorted(answers) == [0, 1]
    assert mails().count() == 1
