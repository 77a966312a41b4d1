"""The counter at which the stories of this room buy.

People with cards and passkeys, a shop that asks, a network that is played. The books are real.
"""

from base64 import urlsafe_b64decode
from datetime import date, timedelta
from importlib import import_module

from accounts.models import Card, PaymentPasskey
from common.actors import SYSTEM, Actor
from common.db import transaction
from common.ids import new_id
from common.money import pts, yen
from events import services as events
from ledger.queries import posted_balance
from ledger.states import AccountKind
from ledger.types import AccountRef
from payments import services as payments
from payments.models import Advice, Authentication, Authorization, Capture, Grant, Payment, Refund
from points import services as points
from points.dates import expiry_of
from points.lots import add_lot
from points.queries import points_of
from points.states import Source
from tests.accounts.authenticator import Authenticator
from tests.cast import NOON


class Till:
    """One world in one line each. `now` is the till's own clock; `later(…)` sets it forward."""

    def __init__(self, network):
        self.network, self.now = network, NOON
        self.authenticators: dict[str, Authenticator] = {}

    def later(self, **duration):
        self.now += timedelta(**duration)
        return self

    # People ---------------------------------------------------------------------------------------------------------

    def card(self, person, number="4242424242424242", **facts) -> Card:
        token = self.network.card(owner_ref=person.wallet.id, number=number)
        known = {"brand": "visa", "last4": number[-4:], "exp_month": 12, "exp_year": 2030, "added_at": NOON}
        card, _made = Card.objects.get_or_create(wallet=person.wallet, card_token=token, defaults=known | facts)
        return card

    def passkey(self, person) -> Authenticator:
        """The person's payment passkey, registered on first use."""
        if person.customer.id not in self.authenticators:
            made = Authenticator(handle=person.customer.id.encode())
            PaymentPasskey.objects.create(
                customer=person.customer,
                credential_id=made.credential_id,
                public_key=made.cose,
                backup_eligible=False,
                spc=True,
                label="Phone",
                created_at=NOON,
            )
            self.authenticators[person.customer.id] = made
        return self.authenticators[person.customer.id]

    def gives_points(self, person, shop, count: int) -> None:
        """Live points that `shop` funds, from an earlier purchase of which only the points matter here: it raises no
        tier.
        """
        then = self.now - timedelta(days=30)
        transaction(add_lot)(
            wallet_id=person.wallet.id,
            source=Source.PURCHASE,
            source_ref=new_id("cap"),
            rule_ref="program:1",
            funder=shop.id,
            amount=pts(count),
            payment_id=new_id("pay"),
            earned_at=then,
            available_from=then,
            expires_at=expiry_of(then, months=12),
            now=then,
        )
        points.activate_points(now=self.now)

    # Buying ---------------------------------------------------------------------------------------------------------

    def asks(self, shop, amount: int = 12_800, **facts) -> Payment:
        known = {
            "payment_id": new_id("pay"),
            "merchant_id": shop.id,
            "amount": yen(amount) if isinstance(amount, int) else amount,
            "merchant_reference": f"order-{new_id('req')}",
            "return_url": shop.return_url,
            "description": "Glasses",
            "items": [{"name": "Round frame", "quantity": 1, "unit_amount": 12_800}],
            "by": shop.actor,
            "now": self.now,
        }
        return payments.create_payment(**known | facts)

    def offer(self, payment, person, *, points=0, card=None, **facts):
        self.passkey(person)
        known = {"card_id": (card or self.card(person)).id, "points": pts(points), "now": self.now}
        return payments.offer_approval(payment_id=payment.id, customer_id=person.customer.id, **known | facts)

    def signed(self, offer, person, **changes) -> dict:
        """What the person's passkey answers to an offer."""
        challenge = urlsafe_b64decode(offer.challenge + "==")
        members = {"members": {"payment": spc_members(offer)}} if offer.spc else {}
        return self.passkey(person).get(challenge, **{"kind": offer.kind, **members, **changes})

    def approve(self, payment, person, *, offer=None, **facts) -> Payment:
        offer = offer or self.offer(payment, person, **facts)
        return payments.approve_payment(
            payment_id=payment.id,
            customer_id=person.customer.id,
            challenge_id=offer.challenge_id,
            assertion=self.signed(offer, person),
            by=person.actor,
            now=self.now,
        )

    def buys(self, person, shop, amount=12_800, *, points=0, card=None, **facts) -> Payment:
        return self.approve(self.asks(shop, amount, **facts), person, points=points, card=card)

    # Permissions ----------------------------------------------------------------------------------------------------

    def asks_leave(self, shop, **facts) -> Grant:
        """A shop asks for a permission: up to ¥5,000 a payment and ¥20,000 a month, until the end of next March."""
        known = {
            "grant_id": new_id("grt"),
            "merchant_id": shop.id,
            "kind": "recurring",
            "limit_per_payment": yen(5_000),
            "limit_per_period": yen(20_000),
            "period": "month",
            "until": date(2027, 3, 31),
            "merchant_reference": f"beans-{new_id('req')}",
            "return_url": shop.return_url,
            "description": "Beans of the month",
            "by": shop.actor,
            "now": self.now,
        }
        once = {"limit_per_period": None, "period": "none"} if facts.get("kind") == "one_time" else {}
        return payments.create_grant(**known | once | facts)

    def grant_offer(self, grant, person, *, card=None, **facts):
        self.passkey(person)
        known = {"card_id": (card or self.card(person)).id, "now": self.now}
        return payments.offer_grant_approval(grant_id=grant.id, customer_id=person.customer.id, **known | facts)

    def approve_leave(self, grant, person, *, offer=None, **facts) -> Grant:
        offer = offer or self.grant_offer(grant, person, **facts)
        return payments.approve_grant(
            grant_id=grant.id,
            customer_id=person.customer.id,
            challenge_id=offer.challenge_id,
            assertion=self.signed(offer, person),
            by=person.actor,
            now=self.now,
        )

    def allows(self, person, shop, *, card=None, **facts) -> Grant:
        """The person's permission to the shop, asked for and given."""
        return self.approve_leave(self.asks_leave(shop, **facts), person, card=card)

    def charges_grant(self, grant, shop, amount=1_000, **facts) -> Payment:
        known = {
            "payment_id": new_id("pay"),
            "merchant_id": shop.id,
            "grant_id": grant.id,
            "amount": yen(amount),
            "merchant_reference": f"box-{new_id('req')}",
            "by": shop.actor,
            "now": self.now,
        }
        return payments.charge_grant(**known | facts)

    def captures(self, payment, amount=None, **facts) -> Capture:
        wanted = {"amount": yen(amount) if isinstance(amount, int) else amount}
        known = {"payment_id": payment.id, "capture_id": new_id("cap"), "by": SHOP, "now": self.now}
        return payments.capture_payment(**known | wanted | facts)

    def refunds(self, payment, **facts) -> Refund:
        known = {"payment_id": payment.id, "refund_id": new_id("ref"), "by": SYSTEM, "now": self.now}
        return payments.refund_payment(**known | facts)

    # What the machines do -------------------------------------------------------------------------------------------

    def janitor(self) -> int:
        """One round of the janitor at the till's clock; how many rows it took."""
        attempts = payments.claim_due_authorizations(now=self.now)
        for authorization_id in attempts:
            payments.resolve_unknown(authorization_id=authorization_id, now=self.now)
        waiting = payments.claim_due_authentications(now=self.now)
        for payment_id in waiting:
            payments.continue_payment(payment_id=payment_id, by=SYSTEM, now=self.now)
        refunds = payments.claim_due_refunds(now=self.now)
        for refund_id in refunds:
            payments.resolve_refund(refund_id=refund_id, now=self.now)
        return len(attempts) + len(waiting) + len(refunds)

    def relay(self) -> None:
        """Tell all that is to be told, and send the advices that are due."""
        while events.tell_events(now=self.now, limit=500):
            pass
        payments.send_advices(self.now)
        payments.send_case_answers(self.now)
        while events.tell_events(now=self.now, limit=500):
            pass
        while payments.issue_receipts(self.now):
            pass

    def until_quiet(self, *, most_days: float = 3) -> None:
        """Set the clock from one due thing to the next until nothing waits any more."""
        end = self.now + timedelta(days=most_days)
        self.relay()
        while (due := self._next_due()) is not None and due < end:
            self.now = max(self.now, due)
            self.janitor()
            self.relay()

    def _next_due(self):
        moments = [
            *Authorization.objects.exclude(next_inquiry_at=None).values_list("next_inquiry_at", flat=True),
            *Authentication.objects.exclude(next_step_at=None).values_list("next_step_at", flat=True),
            *Refund.objects.exclude(next_step_at=None).values_list("next_step_at", flat=True),
            *Advice.objects.filter(status="due").values_list("next_try_at", flat=True),
        ]
        return min(moments, default=None)

    # What people have -----------------------------------------------------------------------------------------------

    def balances(self, *shops, wallets=()) -> dict:
        """All that the books say about these people, account by account."""
        owners = [("sys", "JPY"), *((shop.id, "JPY") for shop in shops)]
        said = {
            (owner, kind.value): posted_balance(AccountRef(owner, kind), currency).minor
            for owner, currency in owners
            for kind in AccountKind
            if not kind.value.startswith(("points_issued", "points_pending", "points_live", "points_redeemed"))
        }
        for person in wallets:
            view = points_of(person.wallet.id, self.now)
            said[person.user.email, "points"] = (view.live.minor, view.held.minor, view.pending.minor)
        return said

    def findings(self) -> list:
        """What the invariants of this house and the comparison with the network's book find wrong."""
        from payments.network_comparison import compare_with_network

        rooms = [import_module(f"{room}.invariants").INVARIANTS for room in ("ledger", "points", "payments")]
        return [
            *(finding for checks in rooms for check in checks for finding in check(self.now)),
            *compare_with_network(self.charges()),
        ]

    def charges(self) -> list[dict]:
        """The played network's book in the words of `/charges`."""
        rows = self.network.book.items()
        return [
            {
                "our_reference": reference,
                "amount": row["amount"].minor,
                "state": row["state"],
                "amount_captured": row["captured"].minor if row.get("captured") else 0,
                "amount_released": row["released"].minor if row.get("released") else 0,
                "cases": [case for case in self.network.cases.values() if case["of"] == reference],
                "refunds": [
                    {"our_reference": name, "amount": amount.minor, "state": "refunded"}
                    for name, amount in row["refunds"].items()
                ],
            }
            for reference, row in rows
            if row["state"] != "refund"
        ]


def spc_members(offer) -> dict:
    """The `payment` member that a browser signs for this offer."""
    data, total = offer.spc["data"], offer.spc["total"]["amount"]
    members = {
        "rpId": data["rpId"],
        "topOrigin": "http://localhost:8000",
        "payeeName": data["payeeName"],
        "total": total,
        "instrument": {"displayName": data["instrument"]["displayName"], "icon": data["instrument"]["icon"]},
    }
    if "payeeOrigin" in data:
        members["payeeOrigin"] = data["payeeOrigin"]
    return members


def status(payment) -> str:
    return Payment.objects.get(pk=payment.id).status


def attempt(payment) -> Authorization:
    return Authorization.objects.filter(payment_id=payment.id).latest("id")


SHOP = Actor("key_01jd0000000000000000000000")
