"""Freezing, releasing, choosing and removing cards."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import services as accounts
from accounts.errors import CardNotFound, CardNotUsable
from accounts.handlers import PUMPS
from accounts.models import Card
from accounts.queries import card_of as find_card
from accounts.queries import cards_of, default_card, usable_cards
from common.actors import Actor
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from tests.accounts.conftest import NOON

MASTERCARD = "5555555555554444"


@pytest.fixture
def by(alice):
    return Actor(alice.id)


class TestFreezeCard:
    def test_takes_the_card_out_of_use_until_it_is_released(self, alice, card_of, by):
        card = card_of(alice)
        accounts.freeze_card(card_id=card.id, reason="precaution", by=by, now=NOON)
        assert usable_cards(alice, now=NOON) == []
        accounts.unfreeze_card(card_id=card.id, by=by, now=NOON)
        assert usable_cards(alice, now=NOON) == [card]

    def test_leaves_a_history_events_and_audit_records(self, alice, card_of, by):
        card = card_of(alice)
        accounts.freeze_card(card_id=card.id, reason="precaution", by=by, now=NOON)
        accounts.unfreeze_card(card_id=card.id, by=by, now=NOON)
        moves = [(change.old, change.new, change.reason, change.by) for change in card.changes.all()]
        assert moves == [("usable", "frozen", "precaution", alice.id), ("frozen", "usable", "", alice.id)]
        assert set(Event.objects.values_list("type", flat=True)) > {"card.frozen", "card.unfrozen"}
        assert AuditRecord.objects.filter(subject=card.id).count() == 3

    def test_refuses_a_second_time(self, alice, card_of, by):
        card = card_of(alice)
        accounts.freeze_card(card_id=card.id, reason="precaution", by=by, now=NOON)
        with pytest.raises(TransitionRefused):
            accounts.freeze_card(card_id=card.id, reason="precaution", by=by, now=NOON)


class TestSetDefaultCard:
    def test_moves_the_mark(self, alice, card_of, by):
        first, second = card_of(alice), card_of(alice, number=MASTERCARD)
        accounts.set_default_card(card_id=second.id, by=by, now=NOON)
        assert [card.id for card in cards_of(alice)] == [second.id, first.id]
        assert default_card(alice, now=NOON) == second

    def test_refuses_a_frozen_or_expired_card(self, alice, card_of, by):
        card_of(alice)
        frozen = card_of(alice, number=MASTERCARD)
        accounts.freeze_card(card_id=frozen.id, reason="precaution", by=by, now=NOON)
        with pytest.raises(CardNotUsable):
            accounts.set_default_card(card_id=frozen.id, by=by, now=NOON)
        accounts.unfreeze_card(card_id=frozen.id, by=by, now=NOON)
        with pytest.raises(CardNotUsable):
            accounts.set_default_card(card_id=frozen.id, by=by, now=datetime(2031, 1, 1, tzinfo=UTC))


class TestRemoveCard:
    def test_takes_it_out_of_sight_and_passes_the_default_on(self, alice, card_of, by):
        first, second = card_of(alice), card_of(alice, number=MASTERCARD)
        accounts.remove_card(card_id=first.id, by=by, now=NOON)
        assert list(cards_of(alice)) == [second]
        assert default_card(alice, now=NOON) == second
        assert cards_of(alice).get().is_default
        with pytest.raises(CardNotFound):
            find_card(alice, first.id)
        with pytest.raises(CardNotFound):
            accounts.unfreeze_card(card_id=first.id, by=by, now=NOON)

    def test_has_the_safe_forget_the_number(self, alice, card_of, by, network):
        card = card_of(alice)
        accounts.remove_card(card_id=card.id, by=by, now=NOON)
        assert sum(pump(NOON) for pump in PUMPS) == 1
        assert network.cards[card.card_token]["forgotten"]
        assert sum(pump(NOON) for pump in PUMPS) == 0

    def test_asks_again_while_the_safe_is_away(self, alice, card_of, by, network):
        card = card_of(alice)
        accounts.remove_card(card_id=card.id, by=by, now=NOON)
        network.is_down()
        assert accounts.forget_removed_cards(now=NOON) == 0
        network.approves()
        assert accounts.forget_removed_cards(now=NOON + timedelta(minutes=1)) == 0
        assert accounts.forget_removed_cards(now=NOON + timedelta(minutes=2)) == 1
        assert Card.objects.get(pk=card.pk).forgotten_at == NOON + timedelta(minutes=2)


class TestACard:
    @pytest.mark.parametrize(
        ("at", "expired"),
        [
            (datetime(2030, 12, 31, 14, 59, tzinfo=UTC), False),
            (datetime(2030, 12, 31, 15, 0, tzinfo=UTC), True),
        ],
    )
    def test_is_good_until_its_last_month_ends_in_tokyo(self, alice, card_of, at, expired):
        assert card_of(alice).is_expired(now=at) is expired

    def test_is_unknown_to_somebody_else(self, alice, mallory, card_of):
        card = card_of(alice)
        for nobody in (card.id, "card_nonsense", ""):
            with pytest.raises(CardNotFound):
                find_card(mallory, nobody)


class TestNames:
    def test_a_card_takes_a_nickname_and_loses_it(self, alice, card_of, by):
        card = card_of(alice)
        assert accounts.rename_card(card_id=card.id, nickname=" Trips ", by=by, now=NOON).nickname == "Trips"
        assert accounts.rename_card(card_id=card.id, nickname="", by=by, now=NOON).nickname == ""

    def test_a_customer_is_called_otherwise(self, alice, by):
        accounts.rename_customer(customer_id=alice.id, display_name="Alice Liddell", by=by, now=NOON)
        alice.refresh_from_db()
        assert alice.display_name == "Alice Liddell"
