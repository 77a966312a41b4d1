"""When points begin and end, in Tokyo's days."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import dates, integers

from common.clock import TOKYO
from points.dates import available_from, expiry_of, grace_until, months_later


class TestMonthsLater:
    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2026, 11, 22), 12, date(2027, 11, 22)),
            (date(2027, 1, 31), 1, date(2027, 2, 28)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
        ],
    )
    def test_keeps_the_day_or_takes_the_last(self, day, months, later):
        assert months_later(day, months) == later

    @given(day=dates(date(2000, 1, 1), date(2100, 1, 1)), months=integers(1, 60))
    def test_always_moves_on(self, day, months):
        assert 27 * months < (months_later(day, months) - day).days <= 31 * months


class TestExpiryOf:
    @pytest.mark.parametrize(
        ("live_from", "expires"),
        [
            (datetime(2026, 11, 22, 3, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=TOKYO)),
            (datetime(2026, 11, 30, 14, 59, 59, 999_999, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=TOKYO)),
            (datetime(2026, 11, 30, 15, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=TOKYO)),  # December in Tokyo
            (datetime(2027, 12, 31, 3, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=TOKYO)),
            (datetime(2028, 2, 29, 3, tzinfo=UTC), datetime(2029, 3, 1, tzinfo=TOKYO)),
        ],
    )
    def test_is_the_midnight_in_tokyo_that_ends_the_month(self, live_from, expires):
        assert expiry_of(live_from, months=12) == expires

    def test_counts_from_when_they_became_live(self):
        captured = datetime(2026, 11, 22, 3, tzinfo=UTC)
        assert available_from(captured, window_days=14) == datetime(2026, 12, 6, 3, tzinfo=UTC)


class TestGraceUntil:
    def test_is_the_midnight_in_tokyo_that_ends_the_last_day(self):
        before, after = datetime(2026, 11, 22, 14, 59, tzinfo=UTC), datetime(2026, 11, 22, 15, tzinfo=UTC)
        assert grace_until(before, days=30) == datetime(2026, 12, 23, tzinfo=TOKYO)
        assert grace_until(after, days=30) == datetime(2026, 12, 24, tzinfo=TOKYO)
