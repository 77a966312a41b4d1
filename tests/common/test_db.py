"""Who owns the commit: the three words refuse what does not fit."""

import pytest
from django.db import OperationalError

from accounts.models import User
from common.db import in_transaction, outside_transaction, transaction, transaction_required


@transaction
def write_two(*, then):
    User.objects.create_user("alice@example.jp")
    then()
    User.objects.create_user("bob@example.jp")


@transaction_required
def step():
    return "done"


@outside_transaction
def ask_the_world():
    return "heard"


def break_down():
    raise RuntimeError("power cut")


@pytest.mark.django_db
class TestTransaction:
    def test_is_all_or_nothing(self):
        with pytest.raises(RuntimeError):
            write_two(then=break_down)
        assert not User.objects.exists()

    def test_becomes_part_of_its_caller(self):
        @transaction
        def both():
            write_two(then=lambda: None)
            break_down()

        with pytest.raises(RuntimeError):
            both()
        assert not User.objects.exists()

    def test_runs_again_after_a_deadlock_but_not_for_ever(self):
        class Deadlock(Exception):
            sqlstate = "40P01"

        runs = []

        @transaction
        def unlucky(times):
            runs.append(1)
            if len(runs) <= times:
                raise OperationalError("deadlock") from Deadlock()
            return "through"

        assert unlucky(2) == "through"
        runs.clear()
        with pytest.raises(OperationalError):
            unlucky(99)
        assert len(runs) == 3


@pytest.mark.django_db
class TestSteps:
    def test_a_step_never_runs_alone(self):
        with pytest.raises(RuntimeError, match="inside a transaction"):
            step()
        assert transaction(step)() == "done"

    def test_the_world_is_never_asked_inside_a_transaction(self):
        assert ask_the_world() == "heard"
        with pytest.raises(RuntimeError, match="never inside a transaction"):
            transaction(ask_the_world)()

    def test_outside_means_outside(self):
        assert not in_transaction()
        assert transaction(in_transaction)()
