"""A shop's old points: taken over one by one or by a signed file, found by their owner, or fallen back."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import translation

from accounts import services as accounts
from accounts.models import User
from common.actors import SYSTEM
from common.errors import Refusal
from common.money import pts
from events.models import AuditRecord, Event, OutgoingMail
from merchants import services as merchants
from points import services as points
from points.conversion_csv import MOST_LINES, read_conversions_csv
from points.conversion_queries import batch_of_merchant, batch_snapshot, conversion_snapshot, sums_of
from points.errors import (
    ConversionBatchNotFound,
    ConversionDiffers,
    ConversionExpiryNotPossible,
    ConversionFileTooLarge,
    ConversionFileWrong,
    ConversionKeyNotReadable,
    ConversionLimitReached,
    ConversionsNotAllowed,
    ConversionTooLarge,
    SignatureNotSound,
    SourceIdNotPossible,
)
from points.models import PointsConversion, PointsConversionBatch, PointsLot
from points.queries import history_of, lots_of, points_of
from points.services import check_conversions
from points.states import ConversionStatus, Source
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOON + 90 * DAY
HEADER = "source_id,email,points,expires_on\n"


@pytest.fixture(autouse=True)
def conversions_agree(db):
    yield
    assert check_conversions(now=NOON) == []


@pytest.fixture(autouse=True)
def permit(komorebi):
    return allow(komorebi)


def allow(shop, most_each=10_000, most_per_month=20_000):
    return points.allow_conversions(
        merchant_id=shop.id,
        most_each=pts(most_each),
        most_per_month=pts(most_per_month),
        reason="Old card program ends",
        by=SYSTEM,
        now=NOON,
    )


@pytest.fixture
def convert(komorebi):
    def convert(source_id="card-1", *, email="alice@example.jp", amount=1_000, at=komorebi, expires_on=None, now=NOON):
        return points.convert_points(
            merchant_id=at.id,
            source_id=source_id,
            email=email,
            amount=pts(amount),
            expires_on=expires_on,
            by=at.actor,
            now=now,
        )

    return convert


@pytest.fixture
def signer(komorebi):
    return registered(komorebi)


def registered(shop):
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key = points.register_conversion_key(merchant_id=shop.id, public_key_pem=pem, label="Till", by=shop.actor, now=NOON)
    return private, key


def signed(private, content):
    return urlsafe_b64encode(private.sign(content)).rstrip(b"=").decode()


@pytest.fixture
def send(komorebi, signer):
    def send(text, *, at=komorebi, by=signer[0], signature=None, now=NOON):
        content = text if isinstance(text, bytes) else (HEADER + text).encode()
        return points.convert_file(
            merchant_id=at.id,
            content=content,
            signature=signature or signed(by, content),
            by=at.actor,
            now=now,
        )

    return send


class TestOne:
    def test_waits_paid_for_until_somebody_looks_and_is_then_live(self, convert, alice, komorebi, worth, purse):
        before = worth(komorebi)[0]
        conversion = convert()
        assert worth(komorebi) == (before - 1_000, 1_000, 1_000)
        assert purse() == (0, 0, 0)

        assert points.find_owners(now=NOON) == 1
        conversion.refresh_from_db()
        assert (conversion.status, conversion.wallet_id) == (ConversionStatus.CONVERTED, alice.wallet.id)
        assert purse() == (1_000, 0, 0)
        [lot] = lots_of(alice.wallet.id)
        assert (lot.source, lot.source_ref, lot.funder) == (Source.CONVERSION, conversion.id, komorebi.id)
        assert worth(komorebi) == (before - 1_000, 1_000, 1_000)
        assert points.find_owners(now=NOON) == 0

    def test_the_history_and_a_mail_name_the_shop(self, convert, alice, hear_all):
        convert()
        points.find_owners(now=NOON)
        hear_all()
        with translation.override("en"):
            [line] = history_of(alice.wallet.id)
            assert (line.text, line.amount) == ("Old points of Komorebi Coffee", pts(1_000))
        [mail] = OutgoingMail.objects.filter(to=["alice@example.jp"])
        assert (mail.subject, "1,000 points" in mail.text) == ("Your old points of Komorebi Coffee", True)

    def test_waits_for_who_opens_a_wallet_later(self, convert, hear_all):
        conversion = convert(email=" New@Example.JP ")
        points.find_owners(now=NOON)
        user = User.objects.create_user("new@example.jp", language="ja")
        assert points.find_owners(now=NOON) == 0
        customer = accounts.open_wallet(user_id=user.id, display_name="New", now=NOON)
        hear_all()
        assert points_of(customer.wallet.id, NOON).live == pts(1_000)
        conversion.refresh_from_db()
        assert conversion.wallet_id == customer.wallet.id

    def test_the_same_again_is_the_first_and_pays_once(self, convert, komorebi, worth):
        first = convert(expires_on=date(2027, 3, 31))
        owed = worth(komorebi)
        points.find_owners(now=NOON)
        assert convert(email="ALICE@example.jp", expires_on=date(2027, 3, 31), now=LATER).id == first.id
        assert worth(komorebi) == owed
        for other in ({"amount": 999}, {"email": "bob@example.jp"}, {"expires_on": date(2027, 4, 1)}, {}):
            with pytest.raises(ConversionDiffers):
                convert(**({"expires_on": date(2027, 3, 31)} if other else {}) | other)

    def test_the_same_id_at_another_shop_is_another(self, convert, fly_by_night):
        allow(fly_by_night)
        assert convert().id != convert(at=fly_by_night, amount=5).id

    def test_what_the_shop_sees_is_alike_for_everybody(self, convert, alice, komorebi):
        known, unknown = convert("a"), convert("b", email="nobody@example.jp")
        points.find_owners(now=NOON)

        def seen(conversion):
            conversion.refresh_from_db()
            batch = batch_of_merchant(komorebi.id, conversion.batch_id)
            hidden = {"id", "batch", "source_id", "email"}
            shown = conversion_snapshot(conversion) | batch_snapshot(
                batch, sums_of([batch], now=LATER - DAY).get(batch.id)
            )
            return {name: said for name, said in shown.items() if name not in hidden}

        assert seen(known) == seen(unknown)
        assert not Event.objects.filter(owner_ref=komorebi.id, type__startswith="points_").exists()

    @pytest.mark.parametrize(
        ("facts", "refusal"),
        [
            ({"amount": 10_001}, ConversionTooLarge),
            ({"source_id": "=1+1"}, SourceIdNotPossible),
            ({"source_id": ""}, SourceIdNotPossible),
            ({"expires_on": date(2026, 11, 21)}, ConversionExpiryNotPossible),
            ({"expires_on": date(2027, 12, 1)}, ConversionExpiryNotPossible),
        ],
    )
    def test_outside_the_limits_nothing_is_taken(self, convert, facts, refusal):
        with pytest.raises(refusal):
            convert(**facts)
        assert not PointsConversion.objects.exists()

    def test_a_month_has_an_end(self, convert):
        convert("a", amount=10_000)
        convert("b", amount=9_999)
        with pytest.raises(ConversionLimitReached):
            convert("c", amount=2)
        convert("c", amount=1)
        convert("d", amount=2, now=NOON + 9 * DAY)

    def test_needs_staff_and_an_open_shop(self, convert, komorebi, fly_by_night):
        with pytest.raises(ConversionsNotAllowed):
            convert(at=fly_by_night)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="Looked at", by=SYSTEM, now=NOON)
        with pytest.raises(ConversionsNotAllowed):
            convert()
        merchants.reinstate_merchant(merchant_id=komorebi.id, reason="Fine", by=SYSTEM, now=NOON)
        convert()
        points.stop_conversions(merchant_id=komorebi.id, reason="Enough", by=SYSTEM, now=NOON)
        with pytest.raises(ConversionsNotAllowed):
            convert("b")
        said = AuditRecord.objects.filter(action__startswith="points_conversion.").values_list("action", flat=True)
        assert {"points_conversion.allowed", "points_conversion.stopped"} <= set(said)


class TestTheEnd:
    def test_what_nobody_came_for_falls_back_after_ninety_days(self, convert, komorebi, worth):
        before = worth(komorebi)[0]
        conversion = convert(email="nobody@example.jp")
        assert points.expire_conversions(now=LATER - DAY) == 0
        assert points.expire_conversions(now=LATER) == 1
        assert points.expire_conversions(now=LATER) == 0
        assert worth(komorebi) == (before, 0, 0)
        conversion.refresh_from_db()
        assert conversion.status == ConversionStatus.EXPIRED
        batch = conversion.batch
        assert sums_of([batch], now=LATER - DAY) == {}
        assert sums_of([batch], now=LATER)[batch.id].returned_points == pts(1_000)

    def test_points_that_expire_before_end_with_their_day(self, convert, alice, komorebi, worth):
        before = worth(komorebi)[0]
        convert("a", email="nobody@example.jp", expires_on=date(2026, 11, 30))
        midnight = NOON.replace(month=11, day=30, hour=15)
        assert points.expire_points(now=midnight - DAY) == 0
        assert points.expire_points(now=midnight) == 1
        assert points.accept_conversions(customer_id=alice.customer.id, now=midnight) == []
        assert points.expire_conversions(now=midnight) == 1
        assert worth(komorebi) == (before, 0, 0)

    def test_who_comes_at_that_moment_is_too_late(self, convert, alice):
        convert()
        assert points.accept_conversions(customer_id=alice.customer.id, now=LATER) == []
        assert len(points.accept_conversions(customer_id=alice.customer.id, now=LATER - DAY)) == 1
        assert points.expire_conversions(now=LATER) == 0


class TestFiles:
    def test_is_taken_over_whole_and_finds_its_owners(self, send, alice, bob, komorebi, worth):
        before = worth(komorebi)[0]
        batch = send("a,alice@example.jp,100,\nb,bob@example.jp,200,2027-03-31\nc,nobody@example.jp,300,\n")
        assert (batch.count, batch.points_minor) == (3, 600)
        assert PointsLot.objects.filter(wallet_id=batch.pool_id).count() == 2
        assert worth(komorebi) == (before - 600, 600, 600)
        assert points.find_owners(now=NOON) == 2
        assert points_of(alice.wallet.id, NOON).live == pts(100)
        assert points_of(bob.wallet.id, NOON).next_expiry_at == NOON.replace(year=2027, month=3, day=31, hour=15)
        points.expire_conversions(now=LATER)
        assert worth(komorebi) == (before - 300, 300, 300)
        told = sums_of([batch], now=LATER)[batch.id]
        assert (told.converted, told.converted_points, told.returned) == (2, pts(300), 1)

    def test_the_same_file_again_changes_nothing_and_a_longer_one_adds(self, send):
        first = send("a,alice@example.jp,100,\n")
        assert send("a,alice@example.jp,100,\n").id == first.id
        more = send("a,alice@example.jp,100,\nb,bob@example.jp,7,\n")
        assert (more.count, more.points_minor) == (1, 7)

    def test_one_bad_line_takes_nothing_and_every_one_is_named(self, send, convert):
        convert("known", amount=5)
        text = (
            "ok,alice@example.jp,100,\n"
            "=cmd(),alice@example.jp,100,\n"
            "b,not an address,100,\n"
            "c,alice@example.jp,-5,\n"
            "d,alice@example.jp,5,31.3.2027\n"
            "ok,bob@example.jp,5,\n"
            "known,alice@example.jp,6,\n"
            "e,alice@example.jp,10001,\n"
            "f,alice@example.jp\n"
        )
        with pytest.raises(ConversionFileWrong) as refused:
            send(text)
        assert [(error["field"], error["code"]) for error in refused.value.errors] == [
            ("line 3, source_id", "source_id_not_possible"),
            ("line 4, email", "address_not_readable"),
            ("line 5, points", "number"),
            ("line 6, expires_on", "day"),
            ("line 7, source_id", "twice"),
            ("line 8, source_id", "conversion_differs"),
            ("line 9, points", "conversion_too_large"),
            ("line 10, line", "cells"),
        ]
        assert PointsConversion.objects.count() == 1

    def test_a_preview_writes_nothing(self, signer, komorebi):
        content = (HEADER + "a,alice@example.jp,100,\n").encode()
        seen = points.preview_file(
            merchant_id=komorebi.id, content=content, signature=signed(signer[0], content), now=NOON
        )
        assert (seen.lines, seen.new, seen.new_points) == (1, 1, pts(100))
        assert not PointsConversionBatch.objects.exists()

    def test_a_forged_signature_is_refused_before_anything_is_read(self, send, signer, komorebi, fly_by_night):
        allow(fly_by_night)
        forger, theirs = Ed25519PrivateKey.generate(), registered(fly_by_night)[0]
        for by in (forger, theirs):
            with pytest.raises(SignatureNotSound):
                send("nonsense", by=by)
        content = (HEADER + "a,alice@example.jp,100,\n").encode()
        for signature in (signed(signer[0], content + b" "), "", "é", "A" * 86, signed(signer[0], content) + "="):
            with pytest.raises(SignatureNotSound):
                send(content, signature=signature or "-")
        points.revoke_conversion_key(merchant_id=komorebi.id, key_id=signer[1].id, by=komorebi.actor, now=NOON)
        with pytest.raises(SignatureNotSound):
            send(content)
        assert not PointsConversion.objects.exists()

    def test_only_an_ed25519_public_key_is_one(self, komorebi):
        other = generate_private_key(SECP256R1()).public_key()
        pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for text in (pem, "", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é" * 2_000):
            with pytest.raises(ConversionKeyNotReadable):
                points.register_conversion_key(
                    merchant_id=komorebi.id, public_key_pem=text, label="x", by=komorebi.actor, now=NOON
                )

    def test_other_merchants_things_are_not_there(self, send, komorebi, fly_by_night):
        batch = send("a,alice@example.jp,100,\n")
        with pytest.raises(ConversionBatchNotFound):
            batch_of_merchant(fly_by_night.id, batch.id)


class TestReading:
    def test_a_byte_order_mark_and_other_line_ends_are_fine(self):
        text = (HEADER + "a,A@example.jp,1,\n").replace("\n", "\r\n")
        lines, wrong = read_conversions_csv(b"\xef\xbb\xbf" + text.encode())
        assert (wrong, lines[0].email, lines[0].number) == ([], "a@example.jp", 2)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "header"),
            (b"source_id;email;points;expires_on\n", "header"),
            (HEADER.encode(), "empty"),
            (HEADER.encode() + b"a,\xff@example.jp,1,\n", "encoding"),
            (HEADER.encode() + b"a,\0@example.jp,1,\n", "characters"),
            (HEADER.encode() + b'a,"b"c@example.jp,1,\n', "csv"),
            (HEADER.encode() + b"a,b@example.jp,1.5,\n", "number"),
            (HEADER.encode() + "a,b@example.jp,１２,\n".encode(), "number"),
            (HEADER.encode() + b"a,b@example.jp,1,2027-02-30\n", "day"),
        ],
    )
    def test_what_is_not_such_a_file(self, content, code):
        lines, [wrong] = read_conversions_csv(content)
        assert (lines, wrong.code) == ([], code)

    def test_has_an_end(self):
        with pytest.raises(ConversionFileTooLarge):
            read_conversions_csv(HEADER.encode() + b"a,b,c,d\n" * (MOST_LINES + 1))
        with pytest.raises(ConversionFileTooLarge):
            read_conversions_csv(b" " * (5 * 1024 * 1024 + 1))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_hands_take_the_same_balance_over_once(self, convert, komorebi, worth):
        before = worth(komorebi)[0]
        answers = together(*[convert] * 4)
        assert len({answer.id for answer in answers}) == 1
        assert worth(komorebi) == (before - 1_000, 1_000, 1_000)

    def test_one_of_two_different_ones_is_refused(self, convert):
        answers = together(lambda: convert(amount=1), lambda: convert(amount=2))
        assert sorted(type(answer) for answer in answers if isinstance(answer, Refusal)) == [ConversionDiffers]

    def test_two_hands_give_them_once(self, convert, alice, purse):
        convert("a")
        convert("b")
        together(*[lambda: points.accept_conversions(customer_id=alice.customer.id, now=NOON)] * 3)
        assert purse() == (2_000, 0, 0)

    def test_the_last_moment_has_one_winner(self, convert, alice, komorebi, worth):
        convert()
        together(
            lambda: points.accept_conversions(customer_id=alice.customer.id, now=LATER - DAY),
            lambda: points.expire_conversions(now=LATER),
        )
        kept = points_of(alice.wallet.id, NOON).live.minor
        assert kept in {0, 1_000}
        assert worth(komorebi)[1] == kept
