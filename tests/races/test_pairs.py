"""Every pair of what may be done to one payment, at the same moment, by threads with connections of their own.

Which of the two comes first is not said: the books, the network's book and the sums hold whoever it is, each of the two
answers or refuses with a reason, and nobody is told of an error of ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest

from common.errors import Refusal
from common.ids import new_id
from common.money import yen
from events import services as events
from payments import services as payments
from payments.models import (
    Authentication,
    Authorization,
    Dispute,
    Grant,
    Payment,
    Refund,
)
from tests.conftest import together
from tests.payments.disputes import Issuer
from tests.payments.till import attempt

pytestmark = pytest.mark.django_db(transaction=True)

AMOUNT = 4_000


@dataclass
class Scene:
    """Where a pair meets: a payment, and what belongs to it."""

    till: Any
    person: Any
    shop: Any
    payment: Payment
    grant: Grant | None = None
    offers: list[Any] = field(default_factory=list)

    @property
    def now(self):
        return self.till.now

    def of(self, verb, **facts):
        return partial(verb, payment_id=self.payment.id, by=self.shop.actor, now=self.now, **facts)


# The scenes -----------------------------------------------------------------------------------------------------------


def asked(till, person, shop):
    payment = till.asks(shop, AMOUNT, capture_method="manual")
    till.card(person), till.passkey(person)
    return Scene(till, person, shop, payment, offers=[till.offer(payment, person)])


def challenged(till, person, shop):
    till.network.authentication = "C"
    return Scene(till, person, shop, till.buys(person, shop, AMOUNT, capture_method="manual"))


def agreed(till, person, shop):
    """The issuer is satisfied: whoever comes next asks it for the money."""
    scene = challenged(till, person, shop)
    reference = Authentication.objects.get(payment=scene.payment).id
    payments.hear_authentication(key=reference, message=till.network.result(reference), now=till.now)
    return scene


def unknown(till, person, shop):
    till.network.falls_silent()
    payment = till.buys(person, shop, AMOUNT, capture_method="manual")
    till.network.approves()
    till.later(seconds=6)
    return Scene(till, person, shop, payment)


def promised(till, person, shop):
    return Scene(till, person, shop, till.buys(person, shop, AMOUNT, points=100, capture_method="manual"))


def taken_in_part(till, person, shop):
    scene = promised(till, person, shop)
    till.captures(scene.payment, 1_000)
    till.relay()
    till.captures(scene.payment, 500)  # told to nobody yet
    return scene


def permitted(till, person, shop):
    """A charge under a grant, captured; the network holds it too."""
    grant = till.allows(person, shop, limit_per_period=yen(2 * AMOUNT))
    payment = till.charges_grant(grant, shop, AMOUNT)
    till.relay()
    return Scene(till, person, shop, payment, grant=grant)


def disputed(till, person, shop):
    scene = permitted(till, person, shop)
    Issuer(till).disputes(scene.payment, case=f"CASE{scene.payment.id[-8:]}", amount=yen(1_500))
    return scene


# What is done in them -------------------------------------------------------------------------------------------------


def approve(scene):
    return partial(scene.till.approve, scene.payment, scene.person, offer=scene.offers[0])


def cancel(scene):
    return scene.of(payments.cancel_payment)


def expire_request(scene):
    return partial(payments.expire_payments, now=scene.payment.expires_at)


def expire_promise(scene):
    return partial(payments.expire_payments, now=Payment.objects.get(pk=scene.payment.id).capture_before)


def come_back(scene):
    return partial(payments.continue_payment, payment_id=scene.payment.id, by=scene.person.actor, now=scene.now)


def issuer_is_satisfied(scene):
    reference = Authentication.objects.get(payment=scene.payment).id
    message = scene.till.network.result(reference)
    return partial(payments.hear_authentication, key=reference, message=message, now=scene.now)


def challenge_ends(scene):
    late = Authentication.objects.get(payment=scene.payment).expires_at
    return partial(payments.continue_payment, payment_id=scene.payment.id, by=scene.person.actor, now=late)


def resolve(scene):
    return partial(payments.resolve_unknown, authorization_id=attempt(scene.payment).id, now=scene.now)


def capture_part(scene):
    return scene.of(payments.capture_payment, capture_id=new_id("cap"), amount=yen(1_700))


def capture_rest(scene):
    return scene.of(payments.capture_payment, capture_id=new_id("cap"))


def capture_and_release(scene):
    return scene.of(payments.capture_payment, capture_id=new_id("cap"), amount=yen(900), final=True)


def refund_part(scene):
    return scene.of(payments.refund_payment, refund_id=new_id("ref"), amount=yen(900))


def refund_rest(scene):
    return scene.of(payments.refund_payment, refund_id=new_id("ref"))


def _hears(scene, kind, **facts):
    case = f"CASE{scene.payment.id[-8:]}"
    scene.till.network.tells(kind, attempt(scene.payment).id, **{"case_ref": case} | facts)
    return partial(payments.hear_notices, now=scene.now)


def dispute_opens(scene):
    return _hears(scene, "dispute_opened", reason_code="13.1", amount=yen(3_500))


def another_dispute_opens(scene):
    return _hears(scene, "dispute_opened", case_ref=new_id("req")[-12:], reason_code="13.1", amount=yen(2_500))


def _closes(outcome, scene):
    dispute = Dispute.objects.get(payment=scene.payment)
    known = {"dispute_id": dispute.id, "outcome": outcome, "by": scene.shop.actor, "now": scene.now}
    scene.till.network.cases[dispute.case_ref]["state"] = outcome
    return partial(payments.close_dispute, **known)


def dispute_is_lost(scene):
    return _closes("lost", scene)


def shop_answers(scene):
    dispute = Dispute.objects.get(payment=scene.payment)
    said = {"facts": {"statement": "It was delivered."}, "by": scene.shop.actor, "now": scene.now}
    return partial(payments.submit_evidence, dispute_id=dispute.id, **said)


def shop_gives_in(scene):
    dispute = Dispute.objects.get(payment=scene.payment)
    return partial(payments.accept_dispute, dispute_id=dispute.id, by=scene.shop.actor, now=scene.now)


def charge(scene):
    return partial(scene.till.charges_grant, scene.grant, scene.shop, AMOUNT - 1_000)


def charge_at_once(scene):
    facts = {"merchant_id": scene.shop.id, "grant_id": scene.grant.id, "amount": yen(AMOUNT - 1_000)}
    key = events.claim_document(owner_ref=scene.shop.id, key=new_id("req"), question=b"q" * 32, now=scene.now)
    asked = {"merchant_reference": new_id("req"), "by": scene.shop.actor, "now": scene.now}
    answering = lambda payment, _snapshot: (201, payment.id.encode())  # noqa: E731 (what the API would answer)
    return partial(payments.charge_at_once, key=key, answering=answering, **facts, **asked)


def end_grant(scene):
    return partial(payments.end_grant, grant_id=scene.grant.id, by=scene.person.actor, now=scene.now)


def pause_grant(scene):
    return partial(payments.pause_grant, grant_id=scene.grant.id, by=scene.person.actor, now=scene.now)


def relay(scene):
    return partial(payments.send_advices, scene.now)


PLACES: list[tuple[Callable[..., Scene], list[Callable[[Scene], Callable[[], Any]]]]] = [
    (asked, [approve, cancel, expire_request]),
    (challenged, [come_back, issuer_is_satisfied, challenge_ends, cancel]),
    (agreed, [come_back, cancel, challenge_ends]),
    (unknown, [resolve, cancel, capture_rest, expire_request, relay]),
    (promised, [capture_part, capture_rest, capture_and_release, cancel, expire_promise, relay]),
    (taken_in_part, [capture_part, capture_rest, capture_and_release, cancel, expire_promise, refund_part, refund_rest,
                     dispute_opens, relay]),
    (permitted, [charge, charge_at_once, end_grant, pause_grant, refund_part, refund_rest, dispute_opens, relay]),
    (disputed, [dispute_is_lost, shop_answers, shop_gives_in, another_dispute_opens, refund_part, refund_rest, charge,
                end_grant, relay]),
]  # fmt: skip
PAIRS = [(place, one, other) for place, acts in PLACES for one, other in combinations_with_replacement(acts, 2)]


@pytest.mark.parametrize(
    ("place", "one", "other"), PAIRS, ids=[" ".join(part.__name__ for part in pair) for pair in PAIRS]
)
def test_any_two_at_once(till, settings, alice, komorebi, fly_by_night, place, one, other):
    settings.THREE_DS, settings.THREE_DS_UNAVAILABLE = "always", "go_on"
    till.gives_points(alice, fly_by_night, 1_000)
    scene = place(till, alice, komorebi)
    answers = together(one(scene), other(scene))
    errors = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refusal)]
    assert not errors, errors
    nothing_exceeds(scene)
    everything_ends(till, scene)
    nothing_exceeds(scene)
    assert till.findings() == []


def nothing_exceeds(scene):
    for payment in Payment.objects.all():
        captured = sum(capture.amount_minor for capture in payment.captures.exclude(status="refused"))
        refunded = sum(refund.amount_minor for refund in payment.refunds.exclude(status="failed"))
        assert captured + payment.amount_released_minor <= payment.amount_minor
        assert refunded + payment.amount_disputed_minor <= captured
        told = [members["reference"] for verb, members in scene.till.network.asked if verb == "authorize_card"]
        attempts = Authorization.objects.filter(payment=payment).values_list("pk", flat=True)
        assert all(told.count(reference) <= 1 for reference in attempts)
    if scene.grant:
        charged = Payment.objects.filter(grant=scene.grant).exclude(status__in=["declined", "expired", "canceled"])
        assert sum(payment.amount_minor for payment in charged) <= 2 * AMOUNT


def everything_ends(till, scene):
    till.until_quiet(most_days=2)
    payments.hear_notices(now=till.now)
    till.now = max(till.now, scene.payment.expires_at)
    payments.expire_payments(now=till.now)
    till.until_quiet(most_days=2)
    assert not Authorization.objects.filter(status__in=["authenticating", "sent", "unknown"]).exists()
    assert not Refund.objects.filter(status="pending").exists()
