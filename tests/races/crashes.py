"""A process that dies between any two of its steps.

A step is a commit, a statement that is a commit of its own, or a question to the network: one moment just before and
one just after each of them.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from unittest.mock import patch

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

EVERY_STEP = bool(int(os.environ.get("VAULTPAY_FAULT_ROUNDS", "0")))
"""`make faults` tries each single step; the suite takes some of them, other ones for each story."""

_FUNCTION_OF_OURS = re.compile(r'SELECT "\w+"\(%s\)$')


class Crash(BaseException):
    """The process is gone: no `except` of ours sees it."""


def steps(*, begin: int, stride: int) -> Iterator[int]:
    return count(1) if EVERY_STEP else count(begin, stride)


@contextmanager
def dies_at(step: int, network):
    """Within it the process dies at its `step`-th step; says afterwards whether it did."""
    taken, died = count(1), []

    def reach():
        if next(taken) == step:
            died.append(step)
            raise Crash

    commit, ask = BaseDatabaseWrapper._commit, network.ask

    def commit_and_perhaps_die(wrapper):
        try:
            reach()
        except Crash:
            wrapper._rollback()  # as the server does when the process is gone
            raise
        commit(wrapper)
        reach()

    def state_and_perhaps_die(execute, sql, params, many, context):
        if connection.in_atomic_block or _only_reads(sql):
            return execute(sql, params, many, context)
        reach()
        done = execute(sql, params, many, context)
        reach()
        return done

    def ask_and_perhaps_die(message):
        reach()
        answer = ask(message)
        reach()
        return answer

    with (
        patch.object(BaseDatabaseWrapper, "_commit", commit_and_perhaps_die),
        connection.execute_wrapper(state_and_perhaps_die),
    ):
        network.ask = ask_and_perhaps_die
        try:
            yield died
        except Crash:
            connection.close()
        finally:
            del network.ask


def _only_reads(sql) -> bool:
    text = sql if isinstance(sql, str) else sql.as_string(None)
    return text.startswith("SELECT") and not _FUNCTION_OF_OURS.match(text)
