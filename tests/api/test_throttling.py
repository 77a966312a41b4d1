"""How often one merchant may ask, whoever counts; and what is said when the database is too busy."""

import pytest
import redis
from django.db import OperationalError

from api import throttling

pytestmark = pytest.mark.django_db


class PlayedRedis:
    """Counts as Redis would, for all processes; may lose its counters, or be away."""

    def __init__(self):
        self.counts, self.away = {}, False

    def pipeline(self, *, transaction):
        return self

    def __enter__(self):
        self.answers = []
        return self

    def __exit__(self, *_error):
        pass

    def incrby(self, key, by):
        self.counts[key] = self.counts.get(key, 0) + by
        self.answers.append(self.counts[key])

    def expire(self, key, seconds):
        pass

    def execute(self):
        if self.away:
            raise redis.ConnectionError
        return self.answers


@pytest.fixture
def played(monkeypatch, settings):
    settings.API_REQUESTS_PER_WINDOW = 60
    played = PlayedRedis()
    monkeypatch.setattr(throttling, "_redis", played)
    monkeypatch.setattr(throttling, "_away_until", 0.0)
    monkeypatch.setattr(throttling, "_counts", {})
    monkeypatch.setattr("api.throttling.time.time", lambda: 1_000_003.0)
    return played


def taken(merchant="mer_1"):
    """How many requests pass in a row."""
    for passed in range(200):
        try:
            throttling.count_request(merchant)
        except throttling.TooManyRequests:
            return passed
    return 200


def test_one_merchant_is_held_to_the_limit_and_another_one_is_not(played):
    assert taken() == 60
    with pytest.raises(throttling.TooManyRequests) as refused:
        throttling.count_request("mer_1")
    assert refused.value.retry_after_seconds == 7
    assert taken("mer_2") == 60


def test_what_other_processes_answered_counts_too(played):
    assert taken() == 60
    throttling._counts.clear()  # the next process
    assert taken() < throttling.TELL_EVERY


@pytest.mark.parametrize("what_happens", ["away", "flushed"])
def test_without_its_counters_nobody_is_unlimited_and_nobody_refused_early(played, what_happens):
    for _ in range(40):
        throttling.count_request("mer_1")
    played.away = what_happens == "away"
    played.counts.clear()
    assert taken() == 20


def test_the_shop_is_told_when_to_come_back(shop, settings):
    settings.API_REQUESTS_PER_WINDOW = 2
    throttling._counts.clear()
    answers = [shop.get("/v1/payments") for _ in range(3)]
    if answers[-1].status == 200:  # the window ended in between
        answers = [shop.get("/v1/payments") for _ in range(3)]
    assert (answers[-1].status, answers[-1].body["code"]) == (429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10


class LockNotAvailable(Exception):
    sqlstate = "55P03"


def test_a_database_that_is_too_busy_is_no_fault_and_keeps_no_key(shop, monkeypatch):
    def busy(**_facts):
        raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()

    wish = shop.wish()
    with monkeypatch.context() as broken:
        broken.setattr("api.v1.payments.payments.create_payment", busy)
        answer = shop.post("/v1/payments", wish, idempotency="a")
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (503, "too_busy", "2")
    assert shop.post("/v1/payments", wish, idempotency="a").status == 201
