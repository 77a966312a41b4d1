"""Telling a shop: attempts that are due, signed, posted to a sink on this machine and noted; beside bare posts."""

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.measure import Figure, Round
from benchmarks.scenarios.books import for_a_while
from benchmarks.sink import sink

NAME = "webhooks"
BODY = b'{"type":"payment.captured","timestamp":"2026-11-22T03:00:00.000Z","data":{"id":"pay_1","amount":1200}}' * 8
MOST = 200


def figures(bench: Bench) -> Iterator[Figure]:
    import requests

    from common import clock
    from common.actors import SYSTEM
    from common.ids import new_id
    from webhooks import services as webhooks
    from webhooks.models import WebhookTelling

    with sink() as port, requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{port}/hooks"
        endpoint, _secrets = webhooks.register_endpoint(
            merchant_id=bench.sellers[-1].merchant_id, url=url, by=SYSTEM, now=clock.now()
        )

        def queued(number: int) -> None:
            now = clock.now()
            WebhookTelling.objects.bulk_create(
                WebhookTelling(
                    id=new_id("tel"), endpoint=endpoint, event_id=new_id("evt"), event_type="payment.captured",
                    body=BODY, not_before=now, queued_at=now,
                )
                for _ in range(number)
            )  # fmt: skip

        def ours() -> Round:
            queued(MOST)
            began = clock.now()

            return bench.counted(lambda: for_a_while_until_none(lambda: webhooks.deliver_due(now=began)), "postgres")

        def bare() -> Round:
            work = partial(session.post, url, data=BODY, timeout=5)
            return bench.counted(lambda: for_a_while(work, seconds=bench.seconds / 4), "postgres")

        yield bench.alternate(Figure("webhooks to a sink here", "deliveries/s", goal="≥ 30 %"), ours, bare)


def for_a_while_until_none(work) -> Round:
    began, done = time.perf_counter(), 0
    while number := work():
        done += number
    return Round(units=done, seconds=time.perf_counter() - began)
