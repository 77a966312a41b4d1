"""Builders for stories about points. The books are real."""

from datetime import timedelta

import pytest

from api.examples import PAYMENT_SNAPSHOT
from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.money import pts, yen
from events import services as events
from ledger.queries import available_balance, posted_balance
from payments import services as payments
from points import services as points
from points.postings import issued, live, payable, pending, reserve
from points.queries import points_of
from points.services import check_campaigns, check_points
from tests.cast import NOON

WINDOW = timedelta(days=14)
hold = transaction(points.hold_points)
release = transaction(points.release_points)
give_back = transaction(points.give_back_points)


@transaction
def redeem(*, payment_id, capture_id="", **facts):
    """Unless a story names its captures, a payment has one."""
    points.redeem_points(payment_id=payment_id, capture_id=capture_id or payment_id, **facts)


@pytest.fixture(autouse=True)
def books_agree(request):
    """After each story that used the database, lots and books tell the same."""
    if not any(
        name in request.fixturenames for name in ("db", "transactional_db")
    ) and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    yield
    assert check_points(now=NOON) == []
    assert check_campaigns(now=NOON) == []


@pytest.fixture
def earn(alice, komorebi):
    """Alice buys at a shop (Komorebi unless said); her points stay pending."""

    def earn(amount, *, at=komorebi, who=alice, when=NOON, capture_id=None):
        lots = points.earn_points(
            capture_id=capture_id or new_id("cap"),
            payment_id=new_id("pay"),
            wallet_id=who.wallet.id,
            merchant_id=at.id,
            base=yen(amount),
            captured_at=when,
            now=when,
        )
        return lots[0] if lots else None

    return earn


@pytest.fixture
def has(earn):
    """Somebody has this many live points, funded by a shop."""

    def has(amount, **options):
        lot = earn(amount * 100, when=options.pop("when", NOON) - WINDOW, **options)
        points.activate_points(now=lot.available_from)
        lot.refresh_from_db()
        return lot

    return has


@pytest.fixture
def pay(alice, komorebi):
    """Alice pays with points; answers the payment."""

    def pay(amount, *, at=komorebi, who=alice, now=NOON):
        payment_id = new_id("pay")
        hold(wallet_id=who.wallet.id, payment_id=payment_id, amount=pts(amount), now=now)
        redeem(payment_id=payment_id, at_merchant_id=at.id, now=now)
        return payment_id

    return pay


@pytest.fixture
def take_back():
    """The purchase that earned this lot is refunded."""

    def take_back(lot, *, now=NOON):
        points.take_back_points(
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=lot.wallet_id,
            merchant_id=lot.merchant_id,
            now=now,
        )
        lot.refresh_from_db()

    return take_back


@pytest.fixture
def purse(alice):
    """What Alice sees: (live, held, pending)."""

    def purse(*, who=alice, now=NOON):
        view = points_of(who.wallet.id, now)
        return view.live.minor, view.held.minor, view.pending.minor

    return purse


@pytest.fixture
def books(alice):
    """What the books say of Alice: (posted live, available, pending)."""

    def books(who=alice):
        wallet_id = who.wallet.id
        return (
            posted_balance(live(wallet_id), "PTS").minor,
            available_balance(live(wallet_id), "PTS").minor,
            posted_balance(pending(wallet_id), "PTS").minor,
        )

    return books


@pytest.fixture
def worth():
    """What the books say of a shop: (owed to it, set aside, points issued)."""

    def worth(shop):
        return (
            posted_balance(payable(shop.id), "JPY").minor,
            posted_balance(reserve(shop.id), "JPY").minor,
            posted_balance(issued(shop.id), "PTS").minor,
        )

    return worth


@pytest.fixture
def tell(alice, komorebi):
    """An event as the payments room records it."""

    @transaction
    def tell(kind, *, capture, payment, base=0, refund=None, at=NOON, points_minor=0):
        facts = {
            "payment": payment,
            "capture": capture,
            "wallet": alice.wallet.id,
            "customer": alice.customer.id,
            "merchant": komorebi.id,
        }
        if kind == "payment.captured":
            facts |= {"base_minor": base, "currency": "JPY", "points_minor": points_minor}
        if refund:
            facts["refund"] = refund
        # Other rooms hear it too, and look for the payment.
        payments.create_payment(
            payment_id=payment,
            merchant_id=komorebi.id,
            amount=yen(10_000),
            merchant_reference=payment,
            return_url=komorebi.return_url,
            by=SYSTEM,
            now=NOON,
        )
        events.record_event(
            kind,
            subject=payment,
            owner_ref=komorebi.id,
            by=SYSTEM,
            at=at,
            data=PAYMENT_SNAPSHOT | {"id": payment},
            facts=facts,
        )

    return tell


@pytest.fixture
def hear_all():
    """The relay tells until nothing is due."""

    def hear_all(now=NOON):
        while events.tell_events(now=now, limit=500):
            pass

    return hear_all
