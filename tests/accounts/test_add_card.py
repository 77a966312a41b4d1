"""Adding a card. The network is played; the counting of failures is real."""

from datetime import timedelta
from functools import partial

import pytest

from accounts import services as accounts
from accounts.errors import CardBeingForgotten, CardCheckUnanswered, CardNotAccepted, CardTriesUsedUp
from accounts.models import Card, CardTry
from accounts.queries import cards_of
from accounts.services.forget_removed_cards import _claim
from accounts.states import TryOutcome
from common.actors import Actor
from common.text import UnacceptableText
from events.models import Event
from tests.accounts.conftest import NOON
from tests.conftest import together
from vault.errors import IncorrectNumber, SafeUnavailable
from vault.types import CardDeclined, Unknown

DECLINED = "4000000000000002"


class TestAddCard:
    def test_shows_brand_and_last_four_and_makes_the_first_one_the_default(self, alice, card_of):
        card = card_of(alice, nickname="Everyday")
        assert (card.brand, card.last4, card.nickname, card.is_default) == ("visa", "4242", "Everyday", True)
        assert Event.objects.get(type="card.added").facts["card"] == card.id

    def test_keeps_the_default_when_a_second_card_comes(self, alice, card_of):
        first, second = card_of(alice), card_of(alice, number="5555555555554444")
        assert [card.id for card in cards_of(alice)] == [first.id, second.id]

    def test_shows_the_card_that_is_already_there(self, alice, card_of):
        assert card_of(alice).id == card_of(alice, exp_year=2031).id
        assert cards_of(alice).get().exp_year == 2031

    def test_remembers_when_its_issuer_vouched_for_it_and_for_its_code(self, alice, card_of):
        card = card_of(alice)
        assert (card.verified_at, card.data_changed_at, card.security_code) == (NOON, NOON, "match")

    def test_lifts_whatever_the_card_needed_when_its_issuer_vouches_anew(self, alice, card_of):
        card = card_of(alice)
        accounts.mark_card(card_id=card.id, attention="closed", by=Actor(alice.id), now=NOON)
        assert not cards_of(alice).get().is_usable(now=NOON)
        again = card_of(alice, now=NOON + timedelta(days=1))
        assert (again.id, again.attention, again.verified_at) == (card.id, "", NOON + timedelta(days=1))

    def test_same_number_in_two_wallets_is_two_cards(self, alice, mallory, card_of):
        assert card_of(alice).card_token != card_of(mallory).card_token

    def test_says_the_same_whatever_the_issuers_reason(self, alice, card_of, network):
        said = set()
        for code in ("05", "41", "54", "14"):
            network.will(CardDeclined(code))
            with pytest.raises(CardNotAccepted) as no:
                card_of(alice)
            said.add(str(no.value))
        assert len(said) == 1
        assert not Card.objects.exists()

    def test_stops_after_five_failures_in_a_day(self, alice, mallory, card_of, network):
        for minute in range(5):
            with pytest.raises(CardNotAccepted):
                card_of(alice, number=DECLINED, now=NOON + timedelta(minutes=minute))
        with pytest.raises(CardTriesUsedUp) as no:
            card_of(alice, now=NOON + timedelta(minutes=5))
        assert no.value.retry_after_seconds == 86_400 - 300
        assert card_of(mallory)
        assert card_of(alice, now=NOON + timedelta(days=1))

    def test_does_not_ask_the_issuer_once_it_has_stopped(self, alice, card_of, network):
        for _ in range(5):
            CardTry.objects.create(customer=alice, at=NOON, outcome=TryOutcome.NOT_ACCEPTED)
        asked = len(network.asked)
        with pytest.raises(CardTriesUsedUp):
            card_of(alice)
        assert [verb for verb, _ in network.asked[asked:]] == ["open_intake"]

    def test_does_not_count_silence_or_typing_slips(self, alice, card_of, network):
        for _ in range(3):
            network.will(Unknown("lost"))
            with pytest.raises(CardCheckUnanswered):
                card_of(alice)
            with pytest.raises(IncorrectNumber):
                card_of(alice, number="4242424242424241")
        assert card_of(alice)

    def test_does_not_count_a_safe_that_is_away(self, alice, card_of, network):
        for _ in range(6):
            with pytest.raises(SafeUnavailable):
                accounts.add_card(
                    customer_id=alice.id,
                    intake_id="int_x",
                    session_ref="session",
                    sealed=network.is_down().seal(),
                    nickname="",
                    by=Actor(alice.id),
                    now=NOON,
                )
        network.approves()
        assert card_of(alice)

    def test_refuses_a_nickname_that_hides_something(self, alice, card_of):
        with pytest.raises(UnacceptableText):
            card_of(alice, nickname="a\u202eb")

    def test_takes_a_removed_card_back_before_the_safe_has_forgotten_it(self, alice, card_of, network):
        first = card_of(alice)
        accounts.remove_card(card_id=first.id, by=Actor(alice.id), now=NOON)
        second = card_of(alice)
        assert (second.card_token, second.id != first.id) == (first.card_token, True)
        assert accounts.forget_removed_cards(now=NOON + timedelta(hours=1)) == 0
        assert not network.cards[second.card_token]["forgotten"]

    def test_waits_while_the_safe_is_being_asked_to_forget_it(self, alice, card_of):
        card = card_of(alice)
        accounts.remove_card(card_id=card.id, by=Actor(alice.id), now=NOON)
        _claim(now=NOON, limit=1)
        with pytest.raises(CardBeingForgotten):
            card_of(alice)

    @pytest.mark.django_db(transaction=True)
    def test_ten_hands_at_once_get_no_more_than_five_answers(self, alice, card_of, network):
        hands = [partial(card_of, alice, number=DECLINED) for _ in range(10)]
        answers = together(*hands)
        assert sum(isinstance(answer, CardNotAccepted) for answer in answers) == 5
        assert sum(isinstance(answer, CardTriesUsedUp) for answer in answers) == 5
