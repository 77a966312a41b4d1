"""A customer's yes on the approval page: session, passkey over the details, and then all that a charge does.

Both go to a server that asks an issuer's directory only when the issuer wants it: the goal is about a passkey and an
authorization. The second line is the same where every approval is shown to the directory first.

Payments, offers and signatures are made before the clock runs: the customer's phone is not ours.
"""

import itertools
import json
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.house import free_port
from benchmarks.load import closed_loop
from benchmarks.measure import Figure, Round

NAME = "approve"


def figures(bench: Bench) -> Iterator[Figure]:
    charge = bench.charges(bench.spread)
    usual, beside = bench.house.ports.web, free_port()
    module = "vaultpay.wsgi:application"
    bench.house.web_beside(name="approvals", module=module, port=beside, VAULTPAY_THREE_DS="when_asked")

    def approvals(port: int, web: str) -> Round:
        number = 200 if bench.quick else 1_500
        ready = iter(_yeses(bench, number))
        return bench.counted(
            lambda: closed_loop(
                lambda: next(ready), port=port, clients=4, seconds=bench.seconds, good=303, most=number
            ),
            *(web, "safe", "network", "postgres"),
        )

    def charges() -> Round:
        work = partial(closed_loop, charge, port=beside, clients=4, seconds=bench.seconds, good=201)
        return bench.counted(work, *("approvals", "safe", "network", "postgres"))

    def wake_up() -> None:
        closed_loop(charge, port=beside, clients=4, seconds=1, good=201)
        approvals(beside, "approvals")

    wake_up()
    figure = Figure("approve, 4 clients, beside charges", "payments/s", goal="≥ 80 % of charges")
    yield bench.alternate(figure, lambda: approvals(beside, "approvals"), charges)
    figure = Figure("approve with 3-D Secure, 4 clients", "payments/s")
    yield bench.alternate(figure, lambda: approvals(usual, "web"), charges)


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
