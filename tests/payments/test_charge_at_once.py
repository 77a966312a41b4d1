"""The two statements of a charge write the very rows that the plain verb writes, and whatever is not ordinary goes the
plain way. The books and the limits are real; only the card network is played.
"""

import json
import re
from functools import partial
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts import services as accounts
from accounts.models import Card
from common.ids import new_id
from common.money import yen
from events import services as events
from events.models import IdempotencyRecord
from ledger.services.open_accounts import forget_accounts
from merchants.models import Merchant
from payments import services as payments
from payments.models import Authorization, Grant, Payment
from payments.queries import payment_snapshot
from tests.conftest import together
from tests.payments.till import SHOP

pytestmark = pytest.mark.django_db(transaction=True)

room = import_module("payments.services.charge_at_once")

ROOMS = ("payments", "ledger", "events", "points", "accounts", "merchants", "vault", "webhooks")
ID = re.compile(
    r"\b[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}\b|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<=network_reference\": \")[^\"]+"
)


@pytest.fixture
def grant(till, alice, komorebi):
    return till.allows(alice, komorebi)


def answering(_payment, snapshot):
    return 201, json.dumps(snapshot).encode()


def document(merchant_id, now, *, key=""):
    return events.claim_document(owner_ref=merchant_id, key=key or new_id("req"), question=b"q" * 32, now=now)


@pytest.fixture
def at_once(till, grant, komorebi):
    def charge(amount=1_000, *, key=None, **facts):
        asked = {
            "merchant_id": komorebi.id,
            "grant_id": grant.id,
            "amount": yen(amount),
            "merchant_reference": new_id("pay"),
            "by": SHOP,
            "now": till.now,
        }
        key = key or document(komorebi.id, till.now)
        return payments.charge_at_once(key=key, answering=answering, **asked | facts)

    return charge


@pytest.fixture
def plainly(till, grant, komorebi):
    """What the API does in the ordinary way: claim, charge, finish."""

    def charge(amount=1_000, **facts):
        claim = events.claim_key(owner_ref=komorebi.id, key=new_id("req"), question=b"q" * 32, now=till.now)
        asked = {"merchant_reference": new_id("pay"), "by": SHOP, "now": till.now} | facts
        payment = payments.charge_grant(
            payment_id=claim.effect_id("pay"),
            merchant_id=komorebi.id,
            grant_id=grant.id,
            amount=yen(amount),
            **asked,
        )
        said = answering(payment, payment_snapshot(Payment.objects.get(pk=payment.pk)))
        events.finish_key(claim, status=said[0], body=said[1], now=till.now)
        return payment

    return charge


def rows():
    """Every row of every room, by table."""
    written = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in ROOMS:
                cursor.execute(f"SELECT to_jsonb(one)::text FROM {model._meta.db_table} AS one")  # noqa: S608
                written[model._meta.db_table] = [json.loads(row) for (row,) in cursor.fetchall()]
    return written


def what_is_new(before):
    """Rows that were not there before, with every id as the number of its first mention in that table: two runs that
    wrote the same are told the same.
    """
    told = {}
    for table, after in rows().items():
        new = [row for row in after if row not in before[table]]
        told[table] = sorted((_without_ids(row) for row in new), key=json.dumps)
    return told


def _without_ids(row):
    names: dict[str, str] = {}
    row = {name: value for name, value in row.items() if name != "written_in"}
    if str(row.get("body", "")).startswith("\\x"):
        row["body"] = json.loads(bytes.fromhex(row["body"][2:]) or "null")
    text = ID.sub(lambda found: names.setdefault(found[0], f"id {len(names)}"), json.dumps(row, sort_keys=True))
    return json.loads(text)


class TestTheSameRows:
    ORDERS = st.fixed_dictionaries(
        {
            "amount": st.integers(50, 5_000),
            "description": st.sampled_from(["", "Beans", "珈琲豆"]),
            "items": st.lists(
                st.fixed_dictionaries(
                    {
                        "name": st.sampled_from(["豆", "Beans"]),
                        "quantity": st.integers(1, 9),
                        "unit_amount": st.integers(0, 99),
                    },
                    optional={"sku": st.sampled_from(["B-1", "豆 1"]), "category": st.just("beans")},
                ),
                max_size=2,
            ),
            "metadata": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "ü", '"'])),
            "capture_method": st.sampled_from(["automatic", "manual"]),
        }
    )

    @settings(
        max_examples=12,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(order=ORDERS, first=st.booleans())
    def test_are_written_either_way(self, grant, at_once, plainly, order, first):
        plainly()  # the accounts of the books are open
        Grant.objects.filter(pk=grant.pk).update(
            first_network_reference="" if first else "A1", used_minor=0, period_began=None
        )
        seen_as = Grant.objects.filter(pk=grant.pk).values().get()
        before = rows()
        plain = plainly(**order, merchant_reference=f"one {new_id('pay')}")
        told = what_is_new(before)
        Grant.objects.filter(pk=grant.pk).update(**seen_as)
        before = rows()
        forget_accounts()
        charged = at_once(**order, merchant_reference=f"one {new_id('pay')}")
        assert charged.payment.status == plain.status
        assert what_is_new(before) == told

    def test_are_two_statements_and_one_look(self, at_once):
        for place in range(2):
            at_once(merchant_reference=f"{place}")  # the accounts of the books are open, and known
        with CaptureQueriesContext(connection) as asked:
            assert at_once().payment.status == "captured"
        assert len(asked) == 3

    def test_are_answered_as_they_are_kept(self, at_once):
        charged = at_once()
        kept = IdempotencyRecord.objects.get()
        assert (kept.status, bytes(kept.body)) == charged.answer
        stored = Payment.objects.get(pk=charged.payment.id)
        assert json.loads(bytes(kept.body)) == json.loads(json.dumps(payment_snapshot(stored)))


class TestTheSameQuestionAgain:
    def test_is_answered_as_before(self, at_once, komorebi, till):
        first = at_once(key=document(komorebi.id, till.now, key="k"))
        again = at_once(key=document(komorebi.id, till.now, key="k"))
        assert again.payment is None
        assert (again.claim.answer.status, again.claim.answer.body) == first.answer
        assert Payment.objects.count() == 1

    def test_by_eight_hands_at_once_is_one_payment(self, at_once, komorebi, till):
        hands = [partial(at_once, key=document(komorebi.id, till.now, key="k"), merchant_reference="m")] * 8
        answers = together(*hands)
        assert sum(bool(one and one.payment) for one in answers) == 1, answers
        assert Payment.objects.count() == Authorization.objects.count() == 1

    def test_from_eight_charges_at_once_none_passes_the_limit(self, at_once, plainly, grant, till):
        """¥20,000 a month: whoever finds the grant changed takes the plain way, and waits there for its turn."""

        def charge():
            charged = at_once(5_000)
            return charged.payment if charged else plainly(5_000)

        together(*[charge] * 8)
        captured = Payment.objects.filter(status="captured").values_list("amount_minor", flat=True)
        assert sum(captured) == Grant.objects.get(pk=grant.pk).used_minor == 20_000
        assert till.findings() == []


class TestWhatIsNotOrdinary:
    """Nothing is written, the key is free, and the plain verb is asked."""

    @pytest.fixture(autouse=True)
    def nothing_stays(self, till, grant):
        yield
        assert not IdempotencyRecord.objects.exists()
        assert not Payment.objects.exists()
        assert Grant.objects.get(pk=grant.pk).used_minor == 0

    def test_is_a_paused_grant(self, at_once, grant, alice, till):
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        assert at_once() is None

    def test_is_more_than_the_limit(self, at_once):
        assert at_once(5_001) is None

    def test_is_another_merchants_grant(self, at_once, fly_by_night):
        assert at_once(merchant_id=fly_by_night.id) is None

    def test_is_a_grant_for_one_payment(self, at_once, grant):
        Grant.objects.filter(pk=grant.pk).update(kind="one_time", period="none", limit_per_period_minor=None)
        assert at_once() is None

    def test_is_a_frozen_card(self, at_once, grant, alice, till):
        accounts.freeze_card(card_id=grant.card_id, reason="", by=alice.actor, now=till.now)
        assert at_once() is None

    def test_is_a_customer_with_rules(self, at_once, alice, till):
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=till.now)
        assert at_once() is None

    def test_is_a_brake_that_is_pulled_in_between(self, at_once, grant, alice, till, monkeypatch):
        look = room._look

        def slowly(*words, **facts):
            seen = look(*words, **facts)
            accounts.freeze_card(card_id=grant.card_id, reason="", by=alice.actor, now=till.now)
            return seen

        monkeypatch.setattr(room, "_look", slowly)
        assert at_once() is None

    def test_is_a_card_that_its_issuer_closes_in_between(self, at_once, grant, till, monkeypatch):
        look = room._look

        def slowly(*words, **facts):
            seen = look(*words, **facts)
            Card.objects.filter(pk=grant.card_id).update(attention="closed")
            return seen

        monkeypatch.setattr(room, "_look", slowly)
        assert at_once() is None

    def test_is_a_shop_that_is_suspended_in_between(self, at_once, komorebi, monkeypatch):
        look = room._look

        def slowly(*words, **facts):
            seen = look(*words, **facts)
            Merchant.objects.filter(pk=komorebi.id).update(status="suspended")
            return seen

        monkeypatch.setattr(room, "_look", slowly)
        assert at_once() is None

    def test_is_a_grant_that_is_lowered_in_between(self, at_once, grant, alice, till, monkeypatch):
        look = room._look

        def slowly(*words, **facts):
            seen = look(*words, **facts)
            payments.lower_grant(grant_id=grant.id, limit_per_payment=yen(500), by=alice.actor, now=till.now)
            return seen

        monkeypatch.setattr(room, "_look", slowly)
        assert at_once() is None


class TestWhenTheIssuerDoesNotSayYes:
    def test_a_no_is_written_by_the_plain_verb(self, at_once, till):
        till.network.declines("51")
        charged = at_once()
        assert (charged.payment.status, charged.answer) == ("declined", None)

    def test_silence_leaves_it_unknown(self, at_once, till):
        till.network.falls_silent()
        charged = at_once()
        assert (charged.payment.status, charged.answer) == ("processing", None)

    def test_a_payment_that_moved_meanwhile_is_told_as_it_is(self, at_once, till, monkeypatch):
        ask = room.ask_issuer

        def while_the_janitor_is_faster(question, *, by, now):
            answer = ask(question, by=by, now=now)
            room.write_outcome(authorization_id=question.authorization_id, answer=answer, by=by, now=now)
            return answer

        monkeypatch.setattr(room, "ask_issuer", while_the_janitor_is_faster)
        charged = at_once()
        assert (charged.payment.status, charged.answer) == ("captured", None)
        assert till.findings() == []
