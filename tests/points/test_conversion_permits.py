"""A shop is let take its old points over: two of the staff agree on the limits, one of them is enough to stop it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.actors import Actor
from common.ids import new_id
from common.money import pts
from common.second_signature import SamePersonTwice, SignatureDiffers, SignatureTooLate
from common.states import TransitionRefused
from common.text import TextMissing
from events.models import AuditRecord
from merchants.errors import MerchantNotFound
from points import services as points
from points.conversion_queries import permit_of
from points.errors import ConversionLimitsNotPossible, ConversionsChangedMeanwhile
from points.models import ConversionsProposal
from tests.cast import NOON

pytestmark = pytest.mark.django_db
MAMORU, YUKI = (Actor(new_id("usr")) for _ in range(2))
WEEK = timedelta(days=7)


@pytest.fixture
def propose(komorebi):
    def propose(each=1_000, month=20_000, *, at=None, reason="Its card program ends.", name=None, by=MAMORU):
        return points.propose_conversions(
            proposal_id=name or new_id("cvr"),
            merchant_id=at or komorebi.id,
            most_each=pts(each),
            most_per_month=pts(month),
            reason=reason,
            by=by,
            now=NOON,
        )

    return propose


def sign(proposal, *, by=YUKI, digest=None, now=NOON):
    return points.countersign_conversions(proposal_id=proposal.id, digest=digest or proposal.digest, by=by, now=now)


def test_waits_for_a_second_person_then_the_shop_may(komorebi, propose):
    proposal = propose()
    assert permit_of(komorebi.id) is None
    sign(proposal)
    permit = permit_of(komorebi.id)
    assert (permit.is_open, permit.most_each_minor, permit.most_per_month_minor) == (True, 1_000, 20_000)
    assert (permit.reason, permit.changed_by) == ("Its card program ends.", YUKI.ref)
    told = AuditRecord.objects.filter(action__startswith="points_conversion.").order_by("id")
    assert [(record.action, record.by) for record in told] == [
        ("points_conversion.proposed", MAMORU.ref),
        ("points_conversion.allowed", YUKI.ref),
        ("points_conversion.countersigned", YUKI.ref),
    ]


def test_other_limits_need_two_again_and_stopping_one(komorebi, propose):
    sign(propose())
    sign(propose(2_000, 30_000))
    assert permit_of(komorebi.id).most_each_minor == 2_000
    points.stop_conversions(merchant_id=komorebi.id, reason="Too many by far.", by=MAMORU, now=NOON)
    assert not permit_of(komorebi.id).is_open
    sign(propose(10, 10))
    assert permit_of(komorebi.id).is_open


def test_a_proposal_from_before_does_not_let_go_of_the_brake(komorebi, propose):
    sign(propose())
    waiting, afterwards = propose(2_000, 30_000), NOON + timedelta(minutes=1)
    points.stop_conversions(merchant_id=komorebi.id, reason="Too many by far.", by=MAMORU, now=afterwards)
    with pytest.raises(ConversionsChangedMeanwhile):
        sign(waiting, now=afterwards)
    assert not permit_of(komorebi.id).is_open
    waiting.refresh_from_db()
    assert waiting.waits


def test_of_two_proposals_the_second_was_made_on_other_limits(komorebi, propose):
    first, second = propose(), propose(2_000, 30_000)
    sign(second, now=NOON + timedelta(minutes=1))
    with pytest.raises(ConversionsChangedMeanwhile):
        sign(first, now=NOON + timedelta(minutes=2))
    assert permit_of(komorebi.id).most_each_minor == 2_000


def test_one_person_is_not_two(komorebi, propose):
    proposal, made = propose(), {"status": "made", "decided_by": MAMORU.ref, "decided_at": NOON}
    with pytest.raises(SamePersonTwice):
        sign(proposal, by=MAMORU)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():  # noqa: TID251 (a savepoint)
        ConversionsProposal.objects.filter(pk=proposal.id).update(**made)
    assert permit_of(komorebi.id) is None


def test_limits_are_not_raised_underneath(propose):
    small, large = propose(1, 1), propose()
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():  # noqa: TID251 (a savepoint)
        ConversionsProposal.objects.filter(pk=small.id).update(most_per_month_minor=1_000_000)
    with pytest.raises(SignatureDiffers):
        sign(large, digest=small.digest)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"each": 0}, ConversionLimitsNotPossible),
        ({"each": 2, "month": 1}, ConversionLimitsNotPossible),
        ({"month": 1_000_000_001}, ConversionLimitsNotPossible),
        ({"reason": " "}, TextMissing),
        ({"at": "mer_nobody"}, MerchantNotFound),
    ],
)
def test_needs_possible_limits_and_a_reason(propose, wrong, refusal):
    with pytest.raises(refusal):
        propose(**wrong)
    assert not ConversionsProposal.objects.exists()


def test_the_same_form_again_proposes_nothing_new(propose):
    name = new_id("cvr")
    assert propose(name=name).id == propose(name=name).id
    with pytest.raises(SignatureDiffers):
        propose(2, name=name)


def test_is_turned_down_or_over_after_a_week(komorebi, propose):
    first, second = propose(), propose()
    points.turn_down_conversions(proposal_id=first.id, by=YUKI, now=NOON)
    with pytest.raises(TransitionRefused):
        sign(first)
    with pytest.raises(SignatureTooLate):
        sign(second, now=NOON + WEEK)
    assert [points.expire_signatures(now=NOON + WEEK) for _ in range(2)] == [1, 0]
    assert permit_of(komorebi.id) is None
