"""A shop and its customers with something on every page of points, made inside the instance: by verbs, and now.

They are nobody else's, so that whatever another story counts stays as it was, and no month that is over is touched.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from accounts.models import Customer
from accounts.queries import cards_of
from common import clock
from common.actors import SYSTEM, Actor
from common.clock import business_date
from common.ids import new_id
from common.money import Money, pts, yen
from events import services as events
from merchants import services as merchants
from merchants.models import Merchant
from merchants.states import Role
from payments import services as payments
from points import services as points
from points.campaigns import Terms
from points.dates import months_later
from points.models import PointsAdjustment, PointsGift
from points.queries import newest_program
from points.states import Weekday
from sandbox.people import DemoCard, DemoCustomer
from vaultpay.demo_passkeys import software_passkey_of
from vaultpay.seeding import demo_customer, proved_user

OWNER: Final = "rin@lake.example"
RICH: Final = "chiyo@example.com"
FRIEND: Final = "a.very.long.address.of.a.friend.who.keeps.points@example.com"
NOBODY_HERE: Final = "somebody.with.a.long.address@elsewhere.example"
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Seller:
    merchant: Merchant
    return_url: str

    @property
    def id(self) -> str:
        return self.merchant.id


def world() -> dict[str, Any]:
    """Ids of what there is to look at."""
    lake = seller(
        "湖畔の硝子工房・琵琶湖ガラスアンドセラミックス本店", "株式会社琵琶湖硝子工芸美術研究所", "https://lake.example"
    )
    hill = seller(
        "Hill & Dale Potters of the Old Northern Road", "Hill and Dale Pottery Company KK", "https://hill.example"
    )
    chiyo = somebody("勅使河原 千代之介左衛門", RICH, cards=("4242424242424242",))
    friend = somebody("Alexandrina Featherstonehaugh-Cholmondeley", FRIEND, cards=("5555555555554444",))
    campaigns = some_campaigns(lake)
    converted = old_points(lake)
    bought = [buys(chiyo, at=lake, price=price) for price in (12_345_678, 9_800, 4_200)]
    buys(friend, at=lake, price=6_400)
    events.tell_events(now=clock.now())
    points.pause_campaign(campaign_id=campaigns["paused"], by=SYSTEM, now=clock.now())
    points.end_campaign(campaign_id=campaigns["ended"], by=SYSTEM, now=clock.now())
    bought.append(buys(chiyo, at=hill, price=18_000, with_points=3_000))
    waiting = asked_for(hill, price=1_234_567)
    gave(chiyo, friend)
    shares(chiyo, friend)
    return {
        "merchant_id": lake.id,
        "shop_id": lake.merchant.shops.get().pk,
        "payment_id": bought[-1],
        "waiting": waiting,
        "wallet_id": chiyo.wallet.id,
        **{f"{name}_id": campaign for name, campaign in campaigns.items()},
        **converted,
        **signatures(chiyo),
    }


# --- Who --------------------------------------------------------------------------------------------------------------


def seller(name: str, legal_name: str, origin: str) -> Seller:
    now = clock.now()
    merchant = merchants.admit_merchant(
        display_name=name,
        legal_name=legal_name,
        category_code="5719",
        fee_basis_points=300,
        city="Otsu",
        shop_name=name,
        shop_origin=origin,
        by=SYSTEM,
        now=now,
    )
    merchants.register_return_url(shop_id=merchant.shops.get().pk, url=f"{origin}/return", by=SYSTEM, now=now)
    user = proved_user(OWNER)
    merchants.invite_member(merchant_id=merchant.id, email=OWNER, role=Role.OWNER, by=SYSTEM, now=now)
    merchants.accept_invitation(user_id=user.id, verified_email=OWNER, now=now)
    return Seller(merchant, f"{origin}/return")


def somebody(name: str, email: str, *, cards: tuple[str, ...]) -> Customer:
    kept = tuple(DemoCard(number, 12, 2031, "123", "") for number in cards)
    return demo_customer(DemoCustomer(name, email, "ja", kept), now=clock.now())


# --- What they do -----------------------------------------------------------------------------------------------------


def asked_for(shop: Seller, *, price: int) -> str:
    name = "手吹きの大鉢「湖面の朝霧」／ Hand-blown bowl, morning mist on the lake"
    payment = payments.create_payment(
        payment_id=new_id("pay"),
        merchant_id=shop.id,
        amount=yen(price),
        merchant_reference=new_id("pay"),
        return_url=shop.return_url,
        items=[{"name": name, "quantity": 1, "unit_amount": price}],
        by=SYSTEM,
        now=clock.now(),
    )
    return payment.pk


def buys(customer: Customer, *, at: Seller, price: int, with_points: int = 0) -> str:
    payment_id, now = asked_for(at, price=price), clock.now()
    offer = payments.offer_approval(
        payment_id=payment_id,
        customer_id=customer.id,
        card_id=cards_of(customer).get(is_default=True).id,
        points=pts(with_points),
        now=now,
    )
    passkey = software_passkey_of(customer.id, now=now)
    payments.approve_payment(
        payment_id=payment_id,
        customer_id=customer.id,
        challenge_id=offer.challenge_id,
        assertion=passkey.get(offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=customer.id.encode()),
        by=Actor(customer.id),
        now=now,
    )
    return payment_id


def some_campaigns(shop: Seller) -> dict[str, str]:
    """One in each state. What is used up stops by itself, with the first purchase."""
    today = business_date(clock.now())
    rate = {"kind": "rate", "rate_basis_points": 500}
    terms = {
        "draft": Terms(name="Spring", budget=yen(12_345_678), **rate),
        "running": Terms(
            name="秋の収穫祭：五千円以上のお買い物でポイント五倍",
            budget=yen(12_345_678),
            minimum_spend=yen(5_000),
            ends_before=today + 60 * DAY,
            **rate,
        ),
        "paused": Terms(
            name="Double points for Lakeside tableware, weekdays only",
            budget=yen(5_000_000),
            weekdays=tuple(Weekday)[:5],
            **rate,
        ),
        "exhausted": Terms(
            name="First come, first served",
            kind="fixed",
            points=pts(300),
            budget=yen(300),
            minimum_spend=yen(1_500),
        ),
        "ended": Terms(name="Summer", budget=yen(5_000_000), **rate),
        "scheduled": Terms(
            name="年末年始の大感謝祭",
            budget=yen(1_000_000),
            skus=("hazakura-no-tokkuri-2026", "asagiri"),
            starts_on=today + 20 * DAY,
            ends_before=today + 50 * DAY,
            most_points_per_customer=pts(5_000),
            most_purchases_per_customer=3,
            most_purchases=1_000,
            **rate,
        ),
    }
    ids = {}
    for name, one in terms.items():
        now, ids[name] = clock.now(), new_id("cmp")
        points.create_campaign(campaign_id=ids[name], merchant_id=shop.id, terms=one, by=SYSTEM, now=now)
        if name != "draft":
            points.start_campaign(campaign_id=ids[name], by=SYSTEM, now=now)
    points.change_campaign(campaign_id=ids["running"], changes={"rate_basis_points": 300}, by=SYSTEM, now=clock.now())
    return ids


def old_points(shop: Seller) -> dict[str, Any]:
    """Two keys, two batches (points with several last days, and of people whom nobody knows), and two files to send."""
    now, today = clock.now(), business_date(clock.now())
    points.allow_conversions(
        merchant_id=shop.id,
        most_each=pts(20_000_000),
        most_per_month=pts(99_999_999),
        reason="The cards of the old shop",
        by=SYSTEM,
        now=now,
    )
    private, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    kept, revoked = (
        points.register_conversion_key(
            merchant_id=shop.id, public_key_pem=public_half(key), label=label, by=SYSTEM, now=now
        )
        for key, label in ((private, "本店の会計機（二号機）"), (other, "Till"))
    )
    points.revoke_conversion_key(merchant_id=shop.id, key_id=revoked.pk, by=SYSTEM, now=now)
    hers = [(RICH, 12_345_678, None), (RICH, 1_200, today + 20 * DAY), (RICH, 480, months_later(today, 5))]
    for rows in (
        [*hers, (FRIEND, 3_000, None)],
        [(f"nobody.{number}@elsewhere.example", 1_500 * number, None) for number in range(1, 8)],
    ):
        content = conversion_file(rows)
        points.convert_file(
            merchant_id=shop.id, content=content, signature=signed(content, private), by=SYSTEM, now=clock.now()
        )
    for email in (RICH, FRIEND):
        points.accept_conversions(customer_id=Customer.objects.get(user__email=email).id, now=clock.now())
    good = conversion_file([("next@elsewhere.example", 1_234_567, None)])
    wrong = good + b"=cmd(),not an address,-5,31.3.2027\nlong-source-id-2026/11/22#0001,a@b.example,99999999,\nf,only\n"
    return {
        "signing_key_id": kept.pk,
        "good_file": [good.decode(), signed(good, private)],
        "wrong_file": [wrong.decode(), signed(wrong, private)],
    }


def public_half(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def conversion_file(rows: list[tuple[str, int, date | None]]) -> bytes:
    lines = [f"{new_id('cmp')},{email},{count},{last_day or ''}" for email, count, last_day in rows]
    return "\n".join(["source_id,email,points,expires_on", *lines, ""]).encode()


def signed(content: bytes, private: Ed25519PrivateKey) -> str:
    return urlsafe_b64encode(private.sign(content)).rstrip(b"=").decode()


def gave(giver: Customer, friend: Customer) -> None:
    """Gifts in every state that one day knows."""
    greeting = "いつもありがとうございます。お誕生日おめでとう！ これからもよろしくお願いいたします。"
    asked = ((FRIEND, 50_000, greeting), (FRIEND, 1_500, ""), (NOBODY_HERE, 300, "For the tea"))
    sent = [gift(giver, to, pts(count), said) for to, count, said in asked]
    points.decline_gift(
        wallet_id=friend.wallet.id, gift_id=sent[1].id, verified_email=FRIEND, by=Actor(friend.id), now=clock.now()
    )
    points.cancel_gift(wallet_id=giver.wallet.id, gift_id=sent[2].id, by=Actor(giver.id), now=clock.now())
    gift(friend, RICH, pts(250), "Thank you")


def gift(giver: Customer, to: str, amount: Money, message: str) -> PointsGift:
    return points.send_gift(
        customer_id=giver.id,
        to_email=to,
        amount=amount,
        message=message,
        asked_as=str(amount.minor),
        by=Actor(giver.id),
        now=clock.now(),
    )


def shares(owner: Customer, friend: Customer) -> None:
    now = clock.now()
    points.start_family(customer_id=owner.id, name="勅使河原家・Featherstonehaugh", by=Actor(owner.id), now=now)
    asked = points.invite_member(customer_id=owner.id, email=FRIEND, by=Actor(owner.id), now=now)
    points.invite_member(customer_id=owner.id, email=NOBODY_HERE, by=Actor(owner.id), now=now)
    points.accept_invitation(
        customer_id=friend.id, member_id=asked.id, verified_email=FRIEND, by=Actor(friend.id), now=now
    )
    for person, count in ((owner, 1_234_567), (friend, 500)):
        points.put_in_points(customer_id=person.id, amount=pts(count), asked_as="1", by=Actor(person.id), now=now)
    points.set_sharing(customer_id=owner.id, on=True, by=Actor(owner.id), now=now)


# --- What staff do ----------------------------------------------------------------------------------------------------


def signatures(customer: Customer) -> dict[str, str]:
    """One that waits, one that was made and one that was turned down; of the program, which stays as it is."""
    now = clock.now()
    one, other = Actor(new_id("usr")), Actor(new_id("usr"))
    adjusted = [adjustment(customer, pts(count), by=one) for count in (1_234, -400, 12_000)]
    points.countersign_adjustment(adjustment_id=adjusted[0].id, digest=adjusted[0].digest, by=other, now=now)
    points.turn_down_adjustment(adjustment_id=adjusted[1].id, by=other, now=now)
    program = newest_program()
    proposed = [
        points.propose_program_change(
            proposal_id=new_id("ppr"),
            terms={"earn_basis_points": program.earn_basis_points + more, "gift_most_per_day": 5 + more},
            effective_from=now + 40 * DAY,
            reason="The new year begins with more points for everybody who buys at one of our shops.",
            by=one,
            now=now,
        )
        for more in (25, 50)
    ]
    points.turn_down_program_change(proposal_id=proposed[1].id, by=other, now=now)
    return {"adjustment_id": adjusted[2].id, "proposal_id": proposed[0].id}


def adjustment(customer: Customer, amount: Money, *, by: Actor) -> PointsAdjustment:
    return points.propose_adjustment(
        adjustment_id=new_id("adj"),
        wallet_id=customer.wallet.id,
        amount=amount,
        reason="キャンペーンのポイントが付いていなかったため。 The campaign of last week was not counted.",
        by=by,
        now=clock.now(),
    )
