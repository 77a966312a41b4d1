"""Staff allow a merchant to have old points taken over, at the operator's own machine."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from common.ids import new_id
from points.conversion_queries import permit_of

pytestmark = pytest.mark.django_db


def test_allows_within_limits_and_stops(komorebi):
    said = {"by": new_id("stf"), "reason": "Old card program ends"}
    call_command("conversions", "allow", komorebi.id, most_each=500, most_per_month=9_000, **said)
    permit = permit_of(komorebi.id)
    assert (permit.is_open, permit.most_each_minor, permit.most_per_month_minor) == (True, 500, 9_000)
    call_command("conversions", "stop", komorebi.id, **said)
    assert not permit_of(komorebi.id).is_open


@pytest.mark.parametrize("wrong", [{"by": "me"}, {"most_each": 0}, {"reason": " "}])
def test_says_who_why_and_how_much(komorebi, wrong):
    with pytest.raises(CommandError):
        call_command("conversions", "allow", komorebi.id, **{"by": new_id("stf"), "reason": "Asked"} | wrong)
    assert permit_of(komorebi.id) is None
