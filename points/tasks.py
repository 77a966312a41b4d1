"""When time brings something about. A run that is missed is made up for by the next: the rows stay due."""

from typing import Final

from celery import shared_task

from common import clock
from points import services as points

SCHEDULE: Final = {
    "points.activate": {"task": "points.activate", "schedule": 15.0},
    "points.expire": {"task": "points.expire", "schedule": 60.0},
    "points.set_aside": {"task": "points.set_aside", "schedule": 60.0},
    "points.clear": {"task": "points.clear", "schedule": 3_600.0},
    "points.tiers": {"task": "points.tiers", "schedule": 3_600.0},
    "points.campaigns": {"task": "points.campaigns", "schedule": 60.0},
    "points.expire_gifts": {"task": "points.expire_gifts", "schedule": 60.0},
    "points.expire_signatures": {"task": "points.expire_signatures", "schedule": 3_600.0},
    "points.tell_expiries": {"task": "points.tell_expiries", "schedule": 3_600.0},
    "points.conversions": {"task": "points.conversions", "schedule": 60.0},
    "points.share": {"task": "points.share", "schedule": 60.0},
}


@shared_task(name="points.activate")
def activate(**_: object) -> None:
    points.activate_points(now=clock.now())


@shared_task(name="points.expire")
def expire(**_: object) -> None:
    points.expire_points(now=clock.now())


@shared_task(name="points.set_aside")
def set_aside(**_: object) -> None:
    points.set_aside_for_leavers(now=clock.now())


@shared_task(name="points.clear")
def clear(**_: object) -> None:
    """Every hour: on the first of a month in Tokyo, an hour after midnight, there is something to do."""
    points.cut_missed_clearings(now=clock.now())


@shared_task(name="points.tiers")
def tiers(**_: object) -> None:
    now = clock.now()
    points.review_tiers(now=now)
    points.tell_tiers(now=now)


@shared_task(name="points.campaigns")
def campaigns(**_: object) -> None:
    points.keep_campaigns(now=clock.now())


@shared_task(name="points.expire_gifts")
def expire_gifts(**_: object) -> None:
    points.expire_gifts(now=clock.now())


@shared_task(name="points.share")
def share(**_: object) -> None:
    points.share_live_points(now=clock.now())


@shared_task(name="points.expire_signatures")
def expire_signatures(**_: object) -> None:
    points.expire_signatures(now=clock.now())


@shared_task(name="points.tell_expiries")
def tell_expiries(**_: object) -> None:
    points.tell_expiries(now=clock.now())


@shared_task(name="points.conversions")
def conversions(**_: object) -> None:
    now = clock.now()
    points.find_owners(now=now)
    points.expire_conversions(now=now)
