"""The floor under a charge: the bare database doing the same two commits, one trip each, with the very same documents.

The documents are made before the clock runs, as many as pgbench could use up, and lie in a table of their own.
"""

from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.fill import Permission
from benchmarks.measure import Round

SCRIPT = """
SELECT n, payments_reserve(reserve) FROM bench_document WHERE n = (SELECT nextval('bench_number')) \\gset
SELECT payments_settle_outcome(settle) FROM bench_document WHERE n = :n;
"""


def prepare(permissions: Sequence[Permission], *, number: int) -> None:
    """`number` charges of these permissions in turn, to be used up in that order."""
    from django.db import connection
    from psycopg.types.json import Jsonb

    rows = [(place, *map(Jsonb, _documents(permissions[place % len(permissions)]))) for place in range(1, number + 1)]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("DROP TABLE IF EXISTS bench_document; DROP SEQUENCE IF EXISTS bench_number")
        cursor.execute("CREATE TABLE bench_document (n bigint PRIMARY KEY, reserve jsonb, settle jsonb)")
        cursor.execute("CREATE SEQUENCE bench_number")
        cursor.executemany("INSERT INTO bench_document VALUES (%s, %s, %s)", rows)
        cursor.execute("VACUUM ANALYZE bench_document")


def _documents(permission: Permission) -> tuple[dict, dict]:
    """What `charge_at_once` hands over. What was seen of the grant is left open: pgbench asks in no order."""
    from importlib import import_module

    from api.idempotency import rendered
    from api.shapes import payment_json
    from common import clock
    from common.actors import Actor
    from common.ids import new_id
    from common.money import yen
    from events import services as events
    from payments.services import _reserve_charge
    from vault.types import Authorized

    verb = import_module("payments.services.charge_at_once")
    now, by = clock.now(), Actor("key_01jd0000000000000000000000")
    key = events.claim_document(owner_ref=permission.shop.merchant_id, key=new_id("req"), question=b"q" * 32, now=now)
    claim = events.read_claim(key)
    seen = verb._look(permission.grant_id, merchant_id=permission.shop.merchant_id, now=now)
    payment = _reserve_charge.as_asked(
        seen.grant, payment_id=claim.effect_id("pay"), amount=yen(1_200), merchant_reference=new_id("pay"),
        description="Sencha, 100 g", items=[{"name": "Sencha, 100 g", "quantity": 1, "unit_amount": 1_200}],
        metadata={"order": "1"}, capture_method="automatic", now=now,
    )  # fmt: skip
    payment.merchant = seen.grant.merchant
    attempt = verb._attempt(payment, seen, verb._what_was_checked(payment, seen, now=now), now=now)
    reserve = verb._reserving(payment, attempt, seen, key, by, now)
    yes = Authorized(network_reference="A" * 12, approval_code="A1B2C3", response_code="00", at=now)
    settle, _said = verb._settling(
        payment,
        attempt,
        claim,
        yes,
        lambda paid, seen: (201, rendered(payment_json(paid, snapshot=seen))),
        by=by,
        now=now,
    )
    # A grant that is charged again and again: the compare would fail, so the floor compares with what it leaves.
    reserve["grant"] |= {"used_then": reserve["grant"]["used_minor"], "period_then": reserve["grant"]["period_began"]}
    return reserve, settle


def floor(bench: Bench, *, clients: int, number: int) -> Round:
    return bench.house.pgbench(SCRIPT, clients=clients, transactions=number // clients)
