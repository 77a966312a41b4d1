"""Three words that say who owns the commit. A bare `atomic` says nothing, so it is banned elsewhere."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.db import transaction as django_transaction
from django.db.models import Model, QuerySet

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row", bound=Model)

_TRY_AGAIN: Final = {"40001", "40P01"}
"""SQLSTATE of a serialization failure and of a deadlock: the database asks us to run the whole transaction again."""
_TRIES: Final = 3


def in_transaction() -> bool:
    """Whether somebody here owns an open transaction. The one that a test case wraps around itself does not count."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def transaction(verb: Callable[P, R]) -> Callable[P, R]:
    """All of me or nothing: opens a transaction, or becomes part of the caller's.

    The outermost one is run again after a deadlock or serialization failure, at most three times in all, with jitter.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_transaction():
            return verb(*args, **kwargs)
        for attempt in range(1, _TRIES + 1):
            try:
                with django_transaction.atomic():  # noqa: TID251 (the one place that may)
                    return verb(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) not in _TRY_AGAIN or attempt == _TRIES:
                    raise
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 (jitter, not a secret)
        raise AssertionError("unreachable")

    return run


def savepoint() -> AbstractContextManager[Any]:
    """What fails within spoils no transaction that is open. Where none is open, none is opened."""
    return django_transaction.atomic() if connection.in_atomic_block else nullcontext()  # noqa: TID251 (as above)


def look_at_one_instant() -> None:
    """First thing in a transaction that only reads: all its questions see the same moment, and may take their time.

    Inside somebody else's transaction the moment is theirs.
    """
    with connection.cursor() as cursor:
        if len(connection.atomic_blocks) == 1:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = '10min'")


def pages_by_key(rows: QuerySet[Row], *, most: int = 500) -> Iterator[list[Row]]:
    """All rows in the order of their primary keys, so many at a time: memory stays small, prefetching still works."""
    page = list(rows.order_by("pk")[:most])
    while page:
        yield page
        page = list(rows.order_by("pk").filter(pk__gt=page[-1].pk)[:most])


def transaction_required(step: Callable[P, R]) -> Callable[P, R]:
    """A step: never alone, my caller decides what commits with me."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not in_transaction():
            raise RuntimeError(f"{step.__qualname__} is a step: call it inside a transaction")
        return step(*args, **kwargs)

    return run


def outside_transaction(verb: Callable[P, R]) -> Callable[P, R]:
    """I speak to the world: I refuse to run while anybody holds a transaction open."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_transaction():
            raise RuntimeError(f"{verb.__qualname__} speaks to the world: never inside a transaction")
        return verb(*args, **kwargs)

    return run
