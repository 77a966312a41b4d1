"""Whatever is done in whatever order, the books say what a plain piece of Python says."""

from collections import defaultdict
from itertools import count
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from common.db import transaction
from common.ids import public_id
from common.money import Money, pts, yen
from common.states import TransitionRefused
from ledger import services as ledger
from ledger.errors import AlreadyCountered, NotCovered, RepeatDiffers
from ledger.queries import available_balance, posted_balance
from ledger.services.open_accounts import forget_accounts
from ledger.states import CHART, AccountKind, Reason, Side
from ledger.types import AccountRef, Line
from tests.ledger.conftest import NOON

K = AccountKind
SHOP, ALICE, BOB = (public_id(prefix, UUID(int=place)) for place, prefix in enumerate(("mer", "wal", "wal")))
MONEY = [
    AccountRef("sys", K.NETWORK_RECEIVABLE),
    AccountRef(SHOP, K.MERCHANT_PAYABLE),
    AccountRef("sys", K.FEE_INCOME),
]
POINTS = [
    AccountRef(SHOP, K.POINTS_ISSUED),
    AccountRef(ALICE, K.POINTS_LIVE),
    AccountRef(BOB, K.POINTS_LIVE),
    AccountRef("sys", K.POINTS_REDEEMED),
]
WALLETS = POINTS[1:3]


def lines_among(accounts, money):
    pairs = st.permutations(accounts).map(lambda order: order[:2])
    return st.builds(
        lambda pair, minor: Line(debit=pair[0], credit=pair[1], amount=money(minor)), pairs, st.integers(1, 50)
    )


ENTRIES = st.lists(lines_among(MONEY, yen) | lines_among(POINTS, pts), min_size=1, max_size=4)


def posted_plainly(**facts):
    return ledger.post_entry(**facts).id


POSTS = [posted_plainly, ledger.post_entry_at_once, ledger.post_sums]
"""The plain verb and the functions inside the database, in any order among each other."""


def empty_books():
    forget_accounts()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE ledger_ledgeraccount, ledger_entry, ledger_posting, ledger_hold, ledger_balancerollup")
        cursor.execute("SET session_replication_role = origin")


class PlainBooks:
    """The same rules with dictionaries: a balance per account, what is held, and what was written under which name."""

    def __init__(self):
        self.balance = defaultdict(int)
        self.held = {}
        self.entries = {}

    def room(self, account):
        return self.balance[account] - sum(amount for at, amount in self.held.values() if at == account)

    def change(self, lines):
        changes = defaultdict(int)
        for line in lines:
            for side, account in ((Side.DEBIT, line.debit), (Side.CREDIT, line.credit)):
                grows = CHART[account.kind].normal_side == side
                changes[account] += line.amount.minor if grows else -line.amount.minor
        return changes

    def covers(self, lines):
        return all(self.room(at) + by >= 0 for at, by in self.change(lines).items() if CHART[at.kind].covered)

    def post(self, name, lines):
        self.entries[name] = lines
        for account, by in self.change(lines).items():
            self.balance[account] += by


class Books(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        empty_books()
        self.numbers = count(1)
        self.plain = PlainBooks()
        self.ids = {}
        self.countered = set()

    def name(self):
        return f"pay_{next(self.numbers)}"

    def _try(self, verb, **facts):
        try:
            return transaction(verb)(now=NOON, **facts)
        except (NotCovered, RepeatDiffers, TransitionRefused, AlreadyCountered) as no:
            return type(no)

    @rule(lines=ENTRIES, post=st.sampled_from(POSTS))
    def post(self, lines, post):
        name = self.name()
        expected = self.plain.covers(lines)
        answer = self._try(post, lines=lines, reason=Reason.CAPTURE, source_ref=name)
        assert (answer is not NotCovered) == expected
        if expected:
            self.plain.post(name, lines)
            self.ids[name] = answer

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), lines=ENTRIES, post=st.sampled_from(POSTS))
    def post_again(self, data, lines, post):
        name = data.draw(st.sampled_from(list(self.ids)))
        same = sorted(self.plain.entries[name], key=repr) == sorted(lines, key=repr)
        answer = self._try(post, lines=lines, reason=Reason.CAPTURE, source_ref=name)
        assert answer is RepeatDiffers or (same and answer == self.ids[name])

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def counter(self, data):
        name = data.draw(st.sampled_from(list(self.ids)))
        lines = [line.mirrored() for line in self.plain.entries[name]]
        answer = self._try(ledger.counter_entry, entry_id=self.ids[name], source_ref=self.name())
        if name in self.countered:
            assert answer is AlreadyCountered
        elif self.plain.covers(lines):
            self.plain.post(self.name(), lines)
            self.countered.add(name)
        else:
            assert answer is NotCovered

    @rule(account=st.sampled_from(WALLETS), minor=st.integers(1, 60))
    def hold(self, account, minor):
        expected = self.plain.room(account) >= minor
        answer = self._try(ledger.hold_funds, account=account, amount=pts(minor), source_ref=self.name())
        assert (answer is not NotCovered) == expected
        if expected:
            self.plain.held[answer.id] = (account, minor)

    @precondition(lambda self: self.plain.held)
    @rule(data=st.data(), released=st.booleans())
    def end_hold(self, data, released):
        hold_id = data.draw(st.sampled_from(list(self.plain.held)))
        account, minor = self.plain.held.pop(hold_id)
        if released:
            self._try(ledger.release_hold, hold_id=hold_id)
            return
        line = Line(debit=account, credit=POINTS[3], amount=pts(minor))
        name = self.name()
        facts = {"hold_id": hold_id, "credit": POINTS[3], "reason": Reason.POINTS_REDEEMED, "source_ref": name}
        self._try(ledger.post_hold, **facts)
        self.plain.post(self.name(), [line])

    @rule()
    def roll_up(self):
        ledger.roll_up(now=NOON)

    @invariant()
    def every_balance_is_the_same(self):
        for accounts, currency in ((MONEY, "JPY"), (POINTS, "PTS")):
            for account in accounts:
                assert posted_balance(account, currency) == Money(self.plain.balance[account], currency)
                if CHART[account.kind].covered:
                    assert available_balance(account, currency) == Money(self.plain.room(account), currency)
                    assert self.plain.room(account) >= 0
        assert ledger.check_books(NOON) == []


@pytest.mark.django_db(transaction=True)
def test_the_books_and_the_model_agree():
    fast_enough = settings(
        max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(Books, settings=fast_enough)
