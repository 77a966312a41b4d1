"""Idempotency keys, exactly as the contract with merchants says."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from common.ids import read_id
from events import services as events
from events.errors import ClaimLost
from events.models import IdempotencyRecord
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = b"q" * 32
WAYS = {
    "plain": (events.claim_key, events.finish_key),
    "at once": (events.claim_key_at_once, events.finish_key_at_once),
}
way = "plain"


@pytest.fixture(autouse=True, params=WAYS)
def both_ways_tell_one_story(request, monkeypatch):
    monkeypatch.setitem(globals(), "way", request.param)


def claim_key(**facts):
    return WAYS[way][0](**{"owner_ref": "mer_1", "key": "k", "question": QUESTION, "now": NOON} | facts)


def finish(claim, **facts):
    WAYS[way][1](claim, **{"status": 201, "body": b'{"id":"pay_1"}', "now": NOON} | facts)


class TestClaimKey:
    def test_is_ours_at_first(self):
        claim = claim_key()
        assert claim.is_ours
        assert (claim.asked_something_else, claim.still_running, claim.answer) == (False, False, None)

    def test_says_when_the_first_still_runs(self):
        claim_key()
        assert claim_key(now=NOON + timedelta(seconds=59)).still_running

    def test_replays_the_answer_to_the_byte(self):
        finish(claim_key(), headers={"Location": "/v1/payments/pay_1"})
        again = claim_key(now=NOON + timedelta(days=29))
        assert (again.answer.status, again.answer.body) == (201, b'{"id":"pay_1"}')
        assert again.answer.headers == {"Location": "/v1/payments/pay_1"}
        assert not again.is_ours

    def test_knows_another_question_before_and_after_the_answer(self):
        claim = claim_key()
        assert claim_key(question=b"other").asked_something_else
        finish(claim)
        other = claim_key(question=b"other")
        assert (other.asked_something_else, other.answer) == (True, None)

    def test_keeps_owners_apart(self):
        finish(claim_key())
        assert claim_key(owner_ref="mer_2", question=b"other").is_ours

    def test_lets_one_of_eight_hands_through(self):
        claims = together(*[claim_key] * 8)
        assert sum(claim.is_ours for claim in claims) == 1
        assert sum(claim.still_running for claim in claims) == 7


class TestALeaseThatRanOut:
    LATER = NOON + timedelta(seconds=60)

    def test_is_taken_over_by_one_of_eight_hands(self):
        claim_key()
        claims = together(*[partial(claim_key, now=self.LATER)] * 8)
        assert sum(claim.is_ours for claim in claims) == 1
        assert sum(claim.still_running for claim in claims) == 7

    def test_leads_to_the_same_effects(self):
        first, second = claim_key(), claim_key(now=self.LATER)
        assert second.is_ours
        assert first.effect_id("pay") == second.effect_id("pay") != second.effect_id("cap")
        assert read_id(first.effect_id("pay"), prefix="pay")

    def test_cannot_be_finished_by_who_lost_it(self):
        first, second = claim_key(), claim_key(now=self.LATER)
        with pytest.raises(ClaimLost):
            finish(first)
        events.release_key(first)
        events.abandon_key(first)
        finish(second)
        assert claim_key(now=self.LATER).answer

    def test_is_not_given_to_another_question(self):
        claim_key()
        assert claim_key(question=b"other", now=self.LATER).asked_something_else


class TestEndings:
    def test_a_released_key_is_free_for_any_question(self):
        first = claim_key()
        events.release_key(first)
        second = claim_key(question=b"other")
        assert second.is_ours
        assert first.effect_id("pay") != second.effect_id("pay")

    def test_an_abandoned_key_is_driven_on_by_the_next_call(self):
        first = claim_key()
        events.abandon_key(first)
        second = claim_key()
        assert second.is_ours
        assert second.effect_id("pay") == first.effect_id("pay")

    def test_an_answer_is_never_released_nor_changed(self):
        claim = claim_key()
        finish(claim)
        events.release_key(claim)
        with pytest.raises(ClaimLost):
            finish(claim, status=409)
        assert claim_key().answer.status == 201

    def test_our_own_failure_is_no_answer(self):
        claim = claim_key()
        with pytest.raises(ValueError, match="not an answer"):
            finish(claim, status=500)
        with pytest.raises(IntegrityError):
            IdempotencyRecord.objects.update(status=500, finished_at=NOON)

    def test_old_keys_are_forgotten_and_running_ones_kept(self):
        finish(claim_key())
        claim_key(key="runs", now=NOON)
        claim_key(key="young", now=NOON + timedelta(days=1))
        later = NOON + timedelta(days=30, seconds=1)
        IdempotencyRecord.objects.filter(key="runs").update(leased_until=later)
        assert events.prune_keys(now=later) == 1
        assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"runs", "young"}
        assert claim_key(now=later).is_ours
