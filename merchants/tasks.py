from typing import Final

from celery import shared_task

from common import clock
from merchants import services as merchants

SCHEDULE: Final = {
    "merchants.forget_api_requests": {"task": "merchants.forget_api_requests", "schedule": 600.0},
    "merchants.expire_departures": {"task": "merchants.expire_departures", "schedule": 3_600.0},
}


@shared_task(name="merchants.forget_api_requests")
def forget_api_requests(**_: object) -> None:
    while merchants.forget_api_requests(now=clock.now()):
        pass


@shared_task(name="merchants.expire_departures")
def expire_departures(**_: object) -> None:
    merchants.expire_departures(now=clock.now())
