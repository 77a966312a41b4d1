"""The clock goes forward in the sandbox, never back, and not at all in live mode."""

from datetime import UTC, datetime, timedelta

import pytest

from common import clock


@pytest.fixture
def sandbox_clock(tmp_path, settings):
    settings.VAULTPAY_CLOCK_FILE = tmp_path / "clock"


def test_advancing_moves_now(sandbox_clock):
    before = clock.now()
    clock.advance(3_600)
    clock.advance(60)
    assert clock.offset() == timedelta(seconds=3_660)
    assert clock.now() - before >= timedelta(seconds=3_660)


def test_it_never_goes_back(sandbox_clock):
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_live_clock_cannot_be_moved(settings):
    settings.VAULTPAY_CLOCK_FILE = None
    with pytest.raises(RuntimeError, match="live"):
        clock.advance(1)


def test_a_business_day_is_a_day_in_tokyo():
    assert clock.business_date(datetime(2026, 11, 22, 14, 59, tzinfo=UTC)).isoformat() == "2026-11-22"
    assert clock.business_date(datetime(2026, 11, 22, 15, 0, tzinfo=UTC)).isoformat() == "2026-11-23"
