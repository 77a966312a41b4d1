"""A merchant's contract ends: one of the staff proposes it, another countersigns, and there is no way back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.actors import SYSTEM, Actor
from common.errors import Refusal
from common.ids import new_id
from common.second_signature import SamePersonTwice, SignatureDiffers, SignatureNotFound, SignatureTooLate
from common.states import SignatureStatus, TransitionRefused
from common.text import TextMissing
from events.models import AuditRecord, Event
from merchants import services as merchants
from merchants.errors import DepartureWaits, MerchantNotFound, NameDiffers
from merchants.models import Departure
from merchants.queries import merchant_by_id
from merchants.states import MerchantStatus
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
MAMORU, YUKI, REN = (Actor(new_id("usr")) for _ in range(3))
WEEK = timedelta(days=7)


@pytest.fixture
def propose(komorebi):
    def propose(*, merchant=None, typed="Komorebi Coffee", reason="Closes its doors.", name=None, by=MAMORU, now=NOON):
        return merchants.propose_departure(
            departure_id=name or new_id("dpt"),
            merchant_id=merchant or komorebi.id,
            name_typed=typed,
            reason=reason,
            by=by,
            now=now,
        )

    return propose


def sign(departure, *, by=YUKI, digest=None, now=NOON):
    return merchants.countersign_departure(departure_id=departure.id, digest=digest or departure.digest, by=by, now=now)


def test_waits_for_a_second_person_then_the_merchant_has_left(komorebi, propose):
    departure = propose()
    assert merchant_by_id(komorebi.id).status == MerchantStatus.ADMITTED
    sign(departure)
    left = merchant_by_id(komorebi.id)
    assert (left.status, left.changes.last().reason) == (MerchantStatus.LEFT, "Closes its doors.")
    assert Event.objects.filter(type="merchant.left", subject=komorebi.id).count() == 1
    told = AuditRecord.objects.filter(subject__in=[departure.id, komorebi.id], action__startswith="merchant.")
    assert [(record.action, record.by) for record in told.order_by("id")][-3:] == [
        ("merchant.departure_proposed", MAMORU.ref),
        ("merchant.left", YUKI.ref),
        ("merchant.departure_countersigned", YUKI.ref),
    ]


def test_one_person_is_not_two(komorebi, propose):
    departure = propose()
    with pytest.raises(SamePersonTwice):
        sign(departure, by=MAMORU)
    made = {"status": "made", "decided_by": MAMORU.ref, "decided_at": NOON}
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():  # noqa: TID251 (a savepoint)
        Departure.objects.filter(pk=departure.id).update(**made)
    assert merchant_by_id(komorebi.id).status == MerchantStatus.ADMITTED


def test_nobody_points_it_at_another_merchant(propose, fly_by_night):
    departure = propose()
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():  # noqa: TID251 (a savepoint)
        Departure.objects.filter(pk=departure.id).update(merchant_id=fly_by_night.id)
    with pytest.raises(SignatureDiffers):
        sign(departure, digest="0" * 64)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"typed": "komorebi coffee"}, NameDiffers),
        ({"typed": "Komorebi"}, NameDiffers),
        ({"reason": " "}, TextMissing),
        ({"merchant": "mer_nobody"}, MerchantNotFound),
    ],
)
def test_needs_the_name_typed_and_a_reason(propose, wrong, refusal):
    with pytest.raises(refusal):
        propose(**wrong)
    assert not Departure.objects.exists()


def test_one_waits_at_a_time_and_the_same_form_twice_is_one(propose):
    name = new_id("dpt")
    assert propose(name=name).id == propose(name=name).id
    with pytest.raises(DepartureWaits):
        propose(by=YUKI)
    assert Departure.objects.count() == 1


def test_who_has_left_does_not_leave_again(komorebi, propose):
    sign(propose())
    with pytest.raises(TransitionRefused):
        propose()


def test_that_left_meanwhile_is_not_left_twice(komorebi, propose):
    departure = propose()
    merchants.let_merchant_leave(merchant_id=komorebi.id, reason="In the shell", by=SYSTEM, now=NOON)
    sign(departure)
    assert Event.objects.filter(type="merchant.left").count() == 1


def test_turned_down_is_turned_down_and_may_be_proposed_again(komorebi, propose):
    departure = propose()
    merchants.turn_down_departure(departure_id=departure.id, by=MAMORU, now=NOON)
    with pytest.raises(TransitionRefused):
        sign(departure)
    assert propose().waits
    with pytest.raises(SignatureNotFound):
        merchants.turn_down_departure(departure_id=new_id("dpt"), by=YUKI, now=NOON)


def test_a_week_later_it_is_too_late(komorebi, propose):
    departure = propose()
    with pytest.raises(SignatureTooLate):
        sign(departure, now=NOON + WEEK)
    assert merchants.expire_departures(now=NOON + WEEK - timedelta(seconds=1)) == 0
    assert [merchants.expire_departures(now=NOON + WEEK) for _ in range(2)] == [1, 0]
    departure.refresh_from_db()
    assert (departure.status, departure.decided_by) == (SignatureStatus.EXPIRED, SYSTEM.ref)


def test_a_week_later_another_may_be_proposed_though_no_timer_came_by(propose):
    first = propose()
    second = propose(by=YUKI, now=NOON + WEEK)
    first.refresh_from_db()
    assert (first.status, second.waits) == (SignatureStatus.EXPIRED, True)


@pytest.mark.django_db(transaction=True)
def test_of_two_second_persons_one_signs(komorebi, propose):
    departure = propose()
    answers = together(*(lambda by=by: sign(departure, by=by) for by in (YUKI, REN)))
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert merchant_by_id(komorebi.id).changes.filter(verb="leave").count() == 1
