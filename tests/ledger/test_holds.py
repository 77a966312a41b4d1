"""Setting points aside: held, then posted or released, whoever races."""

from functools import partial

import pytest

from common.db import transaction
from common.money import pts, yen
from common.states import TransitionRefused
from ledger import services as ledger
from ledger.errors import NotCovered, RepeatDiffers
from ledger.models import Entry, Hold
from ledger.queries import posted_balance
from ledger.states import AccountKind, HoldStatus, Reason
from ledger.types import AccountRef
from tests.conftest import together
from tests.ledger.conftest import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_hold")]

REDEEMED = AccountRef("sys", AccountKind.POINTS_REDEEMED)


@transaction
def post_hold(hold, source_ref="pay_x", credit=REDEEMED):
    return ledger.post_hold(
        hold_id=hold.id, credit=credit, reason=Reason.POINTS_REDEEMED, source_ref=source_ref, now=NOON
    )


@transaction
def release(hold):
    return ledger.release_hold(hold_id=hold.id, now=NOON)


class TestHoldFunds:
    def test_makes_them_unavailable_and_leaves_them_posted(self, post, given, hold, available, alices_points):
        post(given(500))
        hold(300)
        assert (available(), posted_balance(alices_points, "PTS")) == (pts(200), pts(500))

    def test_refuses_more_than_is_available(self, post, given, hold):
        post(given(500))
        hold(300)
        with pytest.raises(NotCovered) as no:
            hold(201)
        assert no.value.facts["available"] == pts(200)

    def test_keeps_held_points_from_being_spent(self, post, given, hold, spent):
        post(given(500))
        hold(300)
        with pytest.raises(NotCovered):
            post(spent(201))

    def test_again_gives_the_first_hold_back(self, post, given, hold, available):
        post(given(500))
        assert hold(300, source_ref="pay_x") == hold(300, source_ref="pay_x")
        assert available() == pts(200)

    def test_again_with_another_amount_is_refused(self, post, given, hold):
        post(given(500))
        hold(300, source_ref="pay_x")
        with pytest.raises(RepeatDiffers):
            hold(299, source_ref="pay_x")

    def test_is_for_covered_accounts_and_positive_amounts(self, komorebi, hold):
        payable = AccountRef(komorebi, AccountKind.MERCHANT_PAYABLE)
        with pytest.raises(ValueError, match="not covered"):
            transaction(partial(ledger.hold_funds, account=payable, amount=yen(1), source_ref="x", now=NOON))()
        with pytest.raises(ValueError, match="positive"):
            hold(0)

    def test_twelve_hands_never_hold_more_than_there_is(self, post, given, hold, available):
        post(given(500))
        answers = together(*[partial(hold, 100) for _ in range(12)])
        assert sum(isinstance(answer, Hold) for answer in answers) == 5
        assert available() == pts(0)


class TestPostHold:
    def test_spends_what_was_held(self, post, given, hold, available, alices_points):
        post(given(500))
        entry = post_hold(hold(300))
        assert (available(), posted_balance(alices_points, "PTS")) == (pts(200), pts(200))
        assert posted_balance(REDEEMED, "PTS") == pts(300)
        assert entry.postings.get().amount == pts(300)

    def test_again_gives_the_first_entry_back(self, post, given, hold):
        post(given(500))
        held = hold(300)
        assert post_hold(held) == post_hold(held)

    def test_again_for_something_else_is_refused(self, post, given, hold):
        post(given(500))
        held = hold(300)
        post_hold(held)
        with pytest.raises(RepeatDiffers):
            post_hold(held, source_ref="pay_y")

    def test_refuses_a_released_hold(self, post, given, hold):
        post(given(500))
        held = hold(300)
        release(held)
        with pytest.raises(TransitionRefused):
            post_hold(held)

    def test_and_release_at_once_end_it_one_way(self, post, given, hold, available):
        post(given(500))
        held = hold(300)
        answers = together(*[partial(post_hold, held), partial(release, held)] * 4)
        assert not [no for no in answers if not isinstance(no, Entry | Hold | TransitionRefused)]
        held.refresh_from_db()
        assert available() == (pts(200) if held.status == HoldStatus.POSTED else pts(500))


class TestReleaseHold:
    def test_makes_the_points_available_again_once(self, post, given, hold, available):
        post(given(500))
        held = hold(300)
        release(held)
        release(held)
        assert available() == pts(500)

    def test_refuses_a_posted_hold(self, post, given, hold):
        post(given(500))
        held = hold(300)
        post_hold(held)
        with pytest.raises(TransitionRefused):
            release(held)
