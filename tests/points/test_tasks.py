"""What the timers do."""

import pytest

from common import clock
from points import tasks

pytestmark = pytest.mark.django_db


class TestTimers:
    def test_bring_points_to_life_and_to_their_end(self, earn, purse, monkeypatch):
        lot = earn(10_000)
        monkeypatch.setattr(clock, "now", lambda: lot.available_from)
        tasks.activate(from_a_newer_caller="harmless")
        assert purse() == (100, 0, 0)
        monkeypatch.setattr(clock, "now", lambda: lot.expires_at)
        tasks.expire()
        assert purse(now=lot.expires_at) == (0, 0, 0)

    def test_are_scheduled_under_their_names(self):
        known = (
            tasks.activate,
            tasks.expire,
            tasks.set_aside,
            tasks.clear,
            tasks.campaigns,
            tasks.tiers,
            tasks.expire_gifts,
            tasks.share,
            tasks.expire_signatures,
            tasks.tell_expiries,
            tasks.conversions,
        )
        assert {entry["task"] for entry in tasks.SCHEDULE.values()} == {task.name for task in known}
