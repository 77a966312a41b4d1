"""A customer's yes on the approval page: session, passkey over the details, and then all that a charge does.

Payments, offers and signatures are made before the clock runs: the customer's phone is not ours.
"""

import itertools
import json
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.load import closed_loop
from benchmarks.measure import Figure, Round

NAME = "approve"


def figures(bench: Bench) -> Iterator[Figure]:
    charge = bench.charges(bench.spread)
    port = bench.house.ports.web

    def ours() -> Round:
        number = 200 if bench.quick else 1_500
        ready = iter(_yeses(bench, number))
        return bench.counted(
            lambda: closed_loop(lambda: next(ready), port=port, clients=4, seconds=bench.seconds, good=303, most=number)
        )

    def charges() -> Round:
        return bench.counted(lambda: closed_loop(charge, port=port, clients=4, seconds=bench.seconds, good=201))

    closed_loop(charge, port=port, clients=4, seconds=1, good=201)  # everybody wakes up
    figure = Figure("approve, 4 clients, beside charges", "payments/s", goal="≥ 80 % of charges")
    yield bench.alternate(figure, ours, charges)


def _yeses(bench: Bench, number: int) -> list[bytes]:
    """As many approvals, each signed, each in the form that the page posts."""
    from django.conf import settings

    from common import clock
    from common.actors import SYSTEM
    from common.ids import new_id
    from common.money import pts, yen
    from payments import services as payments
    from vaultpay.demo_passkeys import software_passkey_of

    now, ready = clock.now(), []
    turns = zip(itertools.cycle(bench.people), itertools.cycle(bench.sellers), range(number), strict=False)
    for buyer, shop, _place in turns:
        payment = payments.create_payment(
            payment_id=new_id("pay"), merchant_id=shop.merchant_id, amount=yen(1_200),
            merchant_reference=new_id("pay"), return_url=shop.return_url, by=SYSTEM, now=now,
        )  # fmt: skip
        offer = payments.offer_approval(
            payment_id=payment.id, customer_id=buyer.customer_id, card_id=buyer.card_id, points=pts(0), now=now
        )
        passkey = software_passkey_of(buyer.customer_id, now=now)
        handle = buyer.customer_id.encode()
        signed = passkey.get(offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=handle)
        said = {"challenge": offer.challenge_id, "assertion": json.dumps(signed), "card": buyer.card_id, "points": "0"}
        ready.append(bench.form(f"/pay/{payment.id}/approve", buyer, said))
    return ready
