"""A change of the program: proposed by one person, countersigned by another, and exactly that is written."""

from datetime import timedelta

import pytest

from common.actors import SYSTEM, Actor
from common.errors import Refusal
from common.ids import new_id
from common.second_signature import SamePersonTwice, SignatureDiffers
from common.states import TransitionRefused
from events.models import AuditRecord
from points import services as points
from points.errors import (
    ProgramChangedMeanwhile,
    ProgramOutOfBounds,
    ProgramTooEarly,
    ProposalSaysNothing,
)
from points.models import PointsProgram, ProgramProposal
from points.queries import program
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
MAMORU, YUKI, REN = (Actor(new_id("usr")) for _ in range(3))
DAY = timedelta(days=1)


def propose(*, effective_from=None, reason="The board decided.", name=None, **terms):
    return points.propose_program_change(
        proposal_id=name or new_id("ppr"),
        terms=terms,
        effective_from=effective_from,
        reason=reason,
        by=MAMORU,
        now=NOON,
    )


def sign(proposal, *, by=YUKI, now=NOON, digest=None):
    return points.countersign_program_change(proposal_id=proposal.id, digest=digest or proposal.digest, by=by, now=now)


def test_counts_from_the_second_signature_on():
    proposal = propose(earn_basis_points=200)
    assert program(NOON + DAY).earn_basis_points == 100
    sign(proposal, now=NOON + DAY)
    assert program(NOON + DAY - timedelta(seconds=1)).earn_basis_points == 100
    assert program(NOON + DAY).earn_basis_points == 200
    assert PointsProgram.objects.last().changed_by == YUKI.ref
    asked, _program, signed = AuditRecord.objects.order_by("id")
    assert (asked.by, asked.data["reason"], signed.data["proposed_by"]) == (
        MAMORU.ref, "The board decided.", MAMORU.ref,
    )  # fmt: skip


def test_or_from_the_day_that_was_proposed():
    sign(propose(effective_from=NOON + 2 * DAY, grace_days=7))
    assert (program(NOON).grace_days, program(NOON + 2 * DAY).grace_days) == (30, 7)


def test_is_refused_where_its_day_has_passed():
    proposal = propose(effective_from=NOON + DAY, grace_days=7)
    with pytest.raises(ProgramTooEarly):
        sign(proposal, now=NOON + 2 * DAY)
    with pytest.raises(ProgramTooEarly):
        propose(effective_from=NOON - DAY, grace_days=7)


def test_is_refused_where_the_program_changed_meanwhile():
    proposal = propose(earn_basis_points=200)
    points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, grace_days=7)
    with pytest.raises(ProgramChangedMeanwhile):
        sign(proposal)
    assert PointsProgram.objects.last().earn_basis_points == 100


def test_one_person_is_not_two_and_only_what_was_shown_is_signed():
    one, other = propose(earn_basis_points=200), propose(earn_basis_points=300)
    with pytest.raises(SamePersonTwice):
        sign(one, by=MAMORU)
    with pytest.raises(SignatureDiffers):
        sign(other, digest=one.digest)
    assert PointsProgram.objects.last().earn_basis_points == 100


def test_what_the_law_does_not_allow_is_not_even_proposed():
    with pytest.raises(ProgramOutOfBounds):
        propose(most_basis_points=2_001)
    with pytest.raises(ProposalSaysNothing):
        propose(earn_basis_points=100)
    with pytest.raises(ProposalSaysNothing):
        propose(earn_basis_points=200, reason=" ")
    assert not ProgramProposal.objects.exists()


def test_turned_down_or_a_week_old_it_is_over():
    one, other = propose(grace_days=7), propose(grace_days=8)
    points.turn_down_program_change(proposal_id=one.id, by=YUKI, now=NOON)
    with pytest.raises(TransitionRefused):
        sign(one)
    assert points.expire_signatures(now=NOON + 7 * DAY) == 1
    with pytest.raises(TransitionRefused):
        sign(other)


def test_the_same_form_again_proposes_nothing_new():
    name = new_id("ppr")
    assert propose(name=name, grace_days=7).id == propose(name=name, grace_days=7).id
    with pytest.raises(SignatureDiffers):
        propose(name=name, grace_days=8)


@pytest.mark.django_db(transaction=True)
def test_of_two_second_persons_one_signs():
    proposal = propose(earn_basis_points=200)
    answers = together(*(lambda by=by: sign(proposal, by=by) for by in (YUKI, REN)))
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert PointsProgram.objects.last().number == proposal.base_number + 1
