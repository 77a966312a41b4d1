"""Make the attempts that are due: lease, post outside any transaction, note what came back.

Several relays may do this at once. A relay that dies in the middle is replaced when its leases end; the endpoint then
hears the same bytes under the same `webhook-id` again. Returns how many attempts were made.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Final

from django.db.models import Case, F, When

from common import clock
from common.db import outside_transaction, transaction
from common.http import TOTAL_SECONDS, Caller, NoAnswer, UnacceptableAddress
from common.ids import new_id
from webhooks.models import Delivery, WebhookEndpoint, WebhookTelling
from webhooks.services._switching import switch_off
from webhooks.signatures import Signer
from webhooks.states import DELAYS, DISABLE_AFTER, DisabledWhy, TellingStatus

logger = logging.getLogger(__name__)

_LEASE: Final = timedelta(seconds=4 * TOTAL_SECONDS)
_HANDS: Final = 8
"""Slow endpoints wait beside each other, not behind each other."""
_PATIENCE_SECONDS: Final = 0.005
"""Where nothing was taken up for so long, another hand helps."""
_RELAYS: Final = 4
"""How many relays may look at once before one of them finds nothing although there is something."""
_LONGEST_WISH: Final = timedelta(hours=24)
_GONE: Final = 410
_ASKS_FOR_PATIENCE: Final = {429, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class _Outcome:
    milliseconds: int
    status_code: int | None = None
    problem: str = ""
    answer: str = ""
    wished_pause: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


@outside_transaction
def deliver_due(*, now: datetime, limit: int = 4 * _HANDS) -> int:
    tellings = _take(now=now, limit=limit)
    if not tellings:
        return 0
    _note(_attempt_all(tellings, now=now), now=now)
    return len(tellings)


_FAIR: Final = """
    SELECT t.id
    FROM webhooks_webhookendpoint e
    CROSS JOIN LATERAL (
        SELECT id, not_before, row_number() OVER (ORDER BY not_before, id) AS turn
        FROM webhooks_webhooktelling
        WHERE endpoint_id = e.id AND status = 'due' AND not_before <= %s
        ORDER BY not_before, id
        LIMIT %s
    ) t
    WHERE e.status = 'enabled' AND e.removed_at IS NULL AND (t.turn = 1 OR e.failing_since IS NULL)
    ORDER BY t.turn, t.not_before, t.id
    LIMIT %s
"""
"""Round by round: the first of every endpoint, then the second of each. One that fails has one turn in each batch, so
that its time-outs hold up nobody. An event may be queued in the very moment in which its endpoint is switched off.
"""


@transaction
def _take(*, now: datetime, limit: int) -> list[WebhookTelling]:
    due = WebhookTelling.objects.filter(status=TellingStatus.DUE, not_before__lte=now)
    if not due.exists():
        return []
    fair = [telling.pk for telling in WebhookTelling.objects.raw(_FAIR, [now, _RELAYS * limit, _RELAYS * limit])]
    tellings: list[WebhookTelling] = []
    while fair and len(tellings) < limit:
        # What another relay has just taken is passed over, and the next ones are looked at.
        wanted, fair = fair[: limit - len(tellings)], fair[limit - len(tellings) :]
        free = due.filter(pk__in=wanted).select_related("endpoint").order_by("not_before", "id")
        tellings += free.select_for_update(skip_locked=True, no_key=True, of=("self",))
    taken = WebhookTelling.objects.filter(pk__in=[telling.pk for telling in tellings])
    taken.update(not_before=now + _LEASE, attempts=F("attempts") + 1)
    return tellings


def _attempt_all(tellings: Sequence[WebhookTelling], *, now: datetime) -> list[tuple[WebhookTelling, _Outcome]]:
    """Each hand takes the next telling when it is free, and keeps its lines open for those that come after.

    One begins; another comes whenever all of them wait for somebody.
    """
    turns = SimpleQueue[WebhookTelling]()
    for telling in tellings:
        turns.put(telling)
    signers = _Signers(now=now)

    def work_off() -> list[tuple[WebhookTelling, _Outcome]]:
        made = []
        with Caller() as caller, suppress(Empty):
            while telling := turns.get_nowait():
                made.append((telling, _attempt(telling, signers=signers, caller=caller)))
        return made

    with ThreadPoolExecutor(_HANDS) as threads:
        hands, left = [threads.submit(work_off)], turns.qsize()
        while left and len(hands) < _HANDS and wait(hands, timeout=_PATIENCE_SECONDS).not_done:
            before, left = left, turns.qsize()
            if left == before:
                hands.append(threads.submit(work_off))
        return [one for hand in hands for one in hand.result()]


class _Signers:
    """Each endpoint's keys are unsealed once in a batch."""

    def __init__(self, *, now: datetime) -> None:
        self._now, self._known = now, dict[str, Signer]()

    def of(self, endpoint: WebhookEndpoint) -> Signer:
        signer = self._known.get(endpoint.id)
        if signer is None:
            symmetric = endpoint.live_secrets(now=self._now)
            signer = self._known[endpoint.id] = Signer.of(symmetric=symmetric, private_key=endpoint.private_key())
        return signer


def _attempt(telling: WebhookTelling, *, signers: _Signers, caller: Caller) -> _Outcome:
    """Runs in a thread of its own, without a database connection. A fault of ours stops nobody but this one."""
    try:
        return _post(caller, _request(telling, signer=signers.of(telling.endpoint)))
    except Exception:
        logger.exception("%s could not be told to %s", telling.event_id, telling.endpoint_id)
        return _Outcome(milliseconds=0, problem="fault of ours")


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    body: bytes
    headers: Mapping[str, str]


def _request(telling: WebhookTelling, *, signer: Signer) -> _Request:
    # The receiver compares this with its own clock, so it is the world's time and not the sandbox's.
    timestamp, body = clock.world_seconds(), bytes(telling.body)
    signature = signer.signatures(message_id=telling.event_id, timestamp=timestamp, body=body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": telling.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
        "VaultPay-Version": telling.api_version,
    }
    return _Request(url=telling.endpoint.url, body=body, headers=headers)


def _post(caller: Caller, request: _Request) -> _Outcome:
    begun = time.monotonic()

    def passed() -> int:
        return int((time.monotonic() - begun) * 1_000)

    try:
        answer = caller.post(request.url, body=request.body, headers=request.headers)
    except (NoAnswer, UnacceptableAddress) as no:
        return _Outcome(milliseconds=passed(), problem=str(getattr(no, "why", "address"))[:64])
    text = answer.body.decode("utf-8", "replace").replace("\0", "�")
    pause = answer.headers.get("Retry-After", "") if answer.status in _ASKS_FOR_PATIENCE else ""
    return _Outcome(
        milliseconds=passed(),
        status_code=answer.status,
        answer=text[:1_000],
        wished_pause=timedelta(seconds=int(pause)) if pause.isascii() and pause.isdigit() and len(pause) < 7 else None,
    )


@transaction
def _note(made: list[tuple[WebhookTelling, _Outcome]], *, now: datetime) -> None:
    Delivery.objects.bulk_create(
        Delivery(
            id=new_id("dlv"),
            telling=telling,
            at=now,
            milliseconds=outcome.milliseconds,
            status_code=outcome.status_code,
            problem=outcome.problem,
            answer=outcome.answer,
        )
        for telling, outcome in made
    )
    # Only while it is still ours: a redelivery or a switched-off endpoint in the meantime wins.
    ours = WebhookTelling.objects.filter(status=TellingStatus.DUE, not_before=now + _LEASE)
    ours.filter(pk__in=[telling.pk for telling, outcome in made if outcome.succeeded]).update(
        status=TellingStatus.DELIVERED
    )
    failed = [(telling, telling.attempts + 1, outcome) for telling, outcome in made if not outcome.succeeded]
    given_up = [telling.pk for telling, attempts, _ in failed if attempts > len(DELAYS)]
    again = [When(pk=telling.pk, then=now + _pause(n, outcome)) for telling, n, outcome in failed if n <= len(DELAYS)]
    if given_up:
        ours.filter(pk__in=given_up).update(status=TellingStatus.GIVEN_UP)
    if again:
        later = [telling.pk for telling, attempts, _ in failed if attempts <= len(DELAYS)]
        ours.filter(pk__in=later).update(not_before=Case(*again))
    _judge(made, now=now)


def _judge(made: list[tuple[WebhookTelling, _Outcome]], *, now: datetime) -> None:
    """An endpoint that took something is well; one that took nothing for days, or says it is gone, is switched off.

    Of endpoints that are well and stay so no row is read or written.
    """
    endpoints = {telling.endpoint_id: telling.endpoint for telling, _ in made}
    outcomes: dict[str, list[_Outcome]] = defaultdict(list)
    for telling, outcome in made:
        outcomes[telling.endpoint_id].append(outcome)
    for endpoint_id in sorted(outcomes):
        took_some = any(outcome.succeeded for outcome in outcomes[endpoint_id])
        if took_some and endpoints[endpoint_id].failing_since is None:
            continue
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if took_some:
            endpoint.failing_since = None
        elif endpoint.failing_since is None:
            endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])
        if any(outcome.status_code == _GONE for outcome in outcomes[endpoint_id]):
            switch_off(endpoint, DisabledWhy.GONE, now=now)
        elif endpoint.failing_since and now - endpoint.failing_since >= DISABLE_AFTER:
            switch_off(endpoint, DisabledWhy.FAILING, now=now)


def _pause(attempts: int, outcome: _Outcome) -> timedelta:
    """The schedule's delay with up to a tenth more, so that many do not come back at once; longer if asked to wait."""
    delay = DELAYS[attempts - 1] * (1 + random.random() / 10)  # noqa: S311 (jitter, not a secret)
    return max(delay, min(outcome.wished_pause or timedelta(), _LONGEST_WISH))
