"""A customer's own rules: tightening works at once, loosening wants a proof, is written down and told by mail."""

from dataclasses import replace
from functools import partial

import pytest

from accounts import services as accounts
from accounts.categories import Category, categories_of
from accounts.errors import LooseningNeedsProof, RulesNotPossible
from accounts.queries import rules_of, wallet_frozen_at
from accounts.rules import ANY_SHOP, Rules, ShopRules, loosened, shop_loosened
from common.actors import Actor
from common.ids import new_id
from events.models import AuditRecord, OutgoingMail
from events.services import tell_events
from tests.accounts.conftest import NOON

SHOP = new_id("mer")
TIGHT = Rules(
    per_payment_minor=10_000,
    per_day_minor=30_000,
    per_month_minor=100_000,
    hour_from=22,
    hour_to=6,
    blocked_categories=frozenset({Category.GAMBLING}),
    ask_me_always=True,
)


@pytest.fixture
def change(alice):
    return partial(accounts.change_rules, wallet_id=alice.wallet.id, by=Actor(alice.id), now=NOON)


@pytest.fixture
def at_shop(alice):
    return partial(
        accounts.set_shop_rule,
        wallet_id=alice.wallet.id,
        merchant_id=SHOP,
        shop_name="Komorebi Coffee",
        by=Actor(alice.id),
        now=NOON,
    )


def mails() -> list[OutgoingMail]:
    while tell_events(now=NOON, limit=100):
        pass
    return list(OutgoingMail.objects.filter(template="rules_loosened"))


class TestChangeRules:
    def test_tightens_without_a_proof(self, alice, change):
        change(wanted=TIGHT, proved=False)
        assert rules_of(alice.wallet.id).rules == TIGHT
        assert AuditRecord.objects.get(action="rules.tightened").data["after"]["per_day_minor"] == 30_000
        assert not mails()

    @pytest.mark.parametrize(
        "looser",
        [
            {"per_payment_minor": 10_001},
            {"per_day_minor": None},
            {"per_month_minor": 100_001},
            {"hour_from": 21},
            {"hour_to": 7},
            {"hour_from": None, "hour_to": None},
            {"hour_from": 3, "hour_to": 9},
            {"blocked_categories": frozenset({Category.ADULT})},
            {"ask_me_always": False},
        ],
    )
    def test_loosens_only_with_a_proof_and_tells_by_mail(self, alice, change, looser):
        change(wanted=TIGHT, proved=False)
        with pytest.raises(LooseningNeedsProof):
            change(wanted=replace(TIGHT, **looser), proved=False)
        assert rules_of(alice.wallet.id).rules == TIGHT

        change(wanted=replace(TIGHT, **looser), proved=True)
        assert rules_of(alice.wallet.id).rules == replace(TIGHT, **looser)
        assert AuditRecord.objects.filter(action="rules.loosened", subject=alice.wallet.id).count() == 1
        (mail,) = mails()
        assert mail.to == ["alice@example.com"]

    @pytest.mark.parametrize(
        "tighter",
        [
            {"per_payment_minor": 9_999},
            {"hour_from": 23, "hour_to": 5},
            {"blocked_categories": frozenset({Category.GAMBLING, Category.GAMES})},
        ],
    )
    def test_knows_a_tightening(self, tighter):
        assert loosened(TIGHT, replace(TIGHT, **tighter)) == []

    @pytest.mark.parametrize(
        "nonsense",
        [
            {"per_payment_minor": 0},
            {"per_day_minor": -1},
            {"per_month_minor": 10**12 + 1},
            {"hour_from": 9},
            {"hour_from": 9, "hour_to": 9},
            {"hour_from": 9, "hour_to": 24},
            {"blocked_categories": frozenset({"weather"})},
        ],
    )
    def test_refuses_what_makes_no_sense(self, change, nonsense):
        with pytest.raises(RulesNotPossible):
            change(wanted=replace(Rules(), **nonsense), proved=True)

    def test_says_the_same_again_without_a_word(self, change):
        change(wanted=TIGHT, proved=False)
        change(wanted=TIGHT, proved=False)
        assert AuditRecord.objects.filter(action__startswith="rules.").count() == 1


class TestHours:
    @pytest.mark.parametrize(("hour", "is_open"), [(21, False), (22, True), (0, True), (5, True), (6, False)])
    def test_may_pass_midnight(self, hour, is_open):
        now = NOON.replace(hour=(hour - 9) % 24)  # Tokyo is nine hours ahead
        assert Rules(hour_from=22, hour_to=6).is_open(now) is is_open

    def test_without_hours_every_hour_is_open(self):
        assert all(Rules().is_open(NOON.replace(hour=hour)) for hour in range(24))


class TestShopRule:
    def test_blocks_at_once_and_unblocks_with_a_proof(self, alice, at_shop):
        at_shop(wanted=ShopRules(blocked=True), proved=False)
        assert rules_of(alice.wallet.id).at(SHOP).blocked
        with pytest.raises(LooseningNeedsProof):
            at_shop(wanted=ANY_SHOP, proved=False)
        at_shop(wanted=ANY_SHOP, proved=True)
        assert rules_of(alice.wallet.id).at(SHOP) == ANY_SHOP
        assert "Komorebi Coffee" in mails()[0].text

    def test_belongs_to_that_merchant_alone(self, alice, at_shop):
        at_shop(wanted=ShopRules(per_payment_minor=500, per_month_minor=900), proved=False)
        assert rules_of(alice.wallet.id, merchant_id=new_id("mer")).shops == {}
        assert rules_of(alice.wallet.id, merchant_id=SHOP).at(SHOP).per_month_minor == 900
        assert shop_loosened(ShopRules(per_month_minor=900), ShopRules(per_month_minor=901)) == ["per_month_minor"]


class TestFreezeWallet:
    def test_stands_still_until_its_owner_has_proved_who_they_are(self, alice):
        known = {"wallet_id": alice.wallet.id, "by": Actor(alice.id), "now": NOON}
        accounts.freeze_wallet(**known)
        accounts.freeze_wallet(**known)
        assert wallet_frozen_at(alice) == NOON
        assert AuditRecord.objects.filter(action="wallet.frozen").count() == 1
        with pytest.raises(LooseningNeedsProof):
            accounts.unfreeze_wallet(**known, proved=False)
        accounts.unfreeze_wallet(**known, proved=True)
        assert wallet_frozen_at(alice) is None
        (mail,) = mails()
        assert "frozen" in mail.text

    def test_keeps_the_rules_that_were_there(self, alice, change):
        change(wanted=TIGHT, proved=False)
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=Actor(alice.id), now=NOON)
        view = rules_of(alice.wallet.id)
        assert (view.rules, view.frozen_at) == (TIGHT, NOON)


class TestCategories:
    @pytest.mark.parametrize(
        ("code", "groups"),
        [
            ("7995", {"gambling"}),
            ("5816", {"games", "digital"}),
            ("3501", {"travel"}),
            ("8043", set()),
            ("", set()),
            ("７９９５", set()),
        ],
    )
    def test_a_code_lies_in_its_groups(self, code, groups):
        assert categories_of(code) == groups
