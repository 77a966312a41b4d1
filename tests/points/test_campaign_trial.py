"""Campaigns tried on the past in plain numbers give what `campaigns` says, capture by capture."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from common.clock import business_date
from common.money import pts, yen
from points.campaign_trial import Ceiling, Seen, Trial
from points.campaigns import Purchase, Standing, Terms, awards
from points.states import CampaignKind, Combining, Weekday
from tests.cast import NOON

RATE = Terms(name="Winter", kind=CampaignKind.RATE, rate_basis_points=730, budget=yen(100_000))
FIXED = replace(RATE, kind=CampaignKind.FIXED, rate_basis_points=None, points=pts(90), minimum_spend=yen(900))
CEILINGS = [
    Ceiling(NOON + timedelta(days=3), base_basis_points=150, most_basis_points=800, small=1_000),
    Ceiling(NOON, base_basis_points=100, most_basis_points=2_000, small=1_000),
]
TERMS = [
    RATE,
    FIXED,
    replace(RATE, budget=yen(900)),
    replace(RATE, skus=("a",)),
    replace(FIXED, categories=("b",), minimum_spend=yen(450)),
    replace(RATE, weekdays=(Weekday.MONDAY, Weekday.SUNDAY), combining=Combining.BEST_OF),
    replace(RATE, most_points_per_customer=pts(200)),
    replace(FIXED, most_purchases_per_customer=2, most_points_per_customer=pts(150)),
    replace(RATE, most_purchases=4, combining=Combining.BEST_OF),
    replace(FIXED, first_purchase_only=True),
    replace(RATE, most_purchases=9, most_purchases_per_customer=1, budget=yen(700)),
]


def bought(dice: Random) -> list[dict]:
    return [
        {"sku": sku, "category": dice.choice("bd"), "amount_minor": dice.randrange(1, 900)}
        for sku in dice.choices("ac", k=3)
    ]


def a_past(dice: Random) -> list[tuple[Seen, list[dict]]]:
    """Some purchases of a few people, many of them captured in parts, and what was bought with each."""
    past, upto, items, whose, first = [], {}, {}, {}, {}
    for number in range(60):
        payment = f"pay_{dice.randrange(25)}"
        wallet = whose.setdefault(payment, f"wal_{dice.randrange(5)}")
        first.setdefault(wallet, payment)
        items.setdefault(payment, bought(dice))
        before = upto.get(payment, 0)
        upto[payment] = before + dice.randrange(1, 1_500)
        at = NOON + timedelta(hours=3 * number)
        capture = Seen(
            payment_id=payment,
            wallet_id=wallet,
            capture_id=f"cap_{number}",
            captured_at=at,
            day=business_date(at),
            before=before,
            upto=upto[payment],
            inside=0,
            of=0,
            is_first=first[wallet] == payment,
        )
        past.append((capture, items[payment]))
    return past


def by_the_rules(past, terms) -> list[int]:
    """The same by `awards`, one purchase after the other, with nothing remembered but what it gave."""
    given, of_payment, of_wallet, payments_of, told = pts(0), {}, {}, {}, []
    for capture, items in past:
        program = next(one for one in CEILINGS if one.effective_from <= capture.captured_at)
        sofar, mine = yen(capture.upto), payments_of.setdefault(capture.wallet_id, set())
        most = min(sofar, yen(max(sofar.minor, program.small)).basis_points_floored(program.most_basis_points))
        base = sofar.basis_points_floored(program.base_basis_points)
        room = pts(max(most.minor - base.minor - of_payment.get(capture.payment_id, 0), 0))
        purchase = Purchase(
            base=yen(capture.upto - capture.before),
            base_before=yen(capture.before),
            items=items,
            captured_at=capture.captured_at,
            is_first=lambda capture=capture: capture.is_first,
        )
        standing = Standing(
            campaign_id="",
            version=0,
            terms=terms,
            used=given,
            purchases=len(of_payment),
            used_by_customer=of_wallet.get(capture.wallet_id, pts(0)),
            purchases_by_customer=len(mine),
            is_counted=capture.payment_id in mine,
        )
        award = next((one.points for one in awards(purchase, [standing], most=room)), pts(0))
        told.append(award.minor)
        if award:
            given += award
            mine.add(capture.payment_id)
            of_wallet[capture.wallet_id] = standing.used_by_customer + award
            of_payment[capture.payment_id] = of_payment.get(capture.payment_id, 0) + award.minor
    return told


def shared(capture: Seen, items, terms: Terms) -> Seen:
    named = [one["amount_minor"] for one in items if one["sku"] in terms.skus or one["category"] in terms.categories]
    return capture._replace(inside=sum(named), of=sum(one["amount_minor"] for one in items))


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("seed", range(12))
def test_gives_what_the_rules_give(terms, seed):
    past = a_past(Random(seed))  # noqa: S311 (a story, no secret)
    trial = Trial(terms, CEILINGS)
    assert [trial.add(shared(capture, items, terms)) for capture, items in past] == by_the_rules(past, terms)


def test_some_of_it_is_more_than_nothing():
    past = a_past(Random(1))  # noqa: S311 (a story, no secret)
    assert all(sum(by_the_rules(past, terms)) > 0 for terms in TERMS)
