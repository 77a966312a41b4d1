"""A shop's old points in the dashboard: a key, a signed file, its sums, and what is told of it."""

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.uploadedfile import SimpleUploadedFile

from common.actors import SYSTEM
from common.money import pts
from dashboard.views import conversions
from points import services as points
from points.models import ConversionKey, PointsConversionBatch
from tests.cast import NOON
from tests.dashboard.conftest import text

pytestmark = pytest.mark.django_db
FILE = b"source_id,email,points,expires_on\na,alice@example.jp,100,\nb,bob@example.jp,200,\n"


@pytest.fixture(autouse=True)
def allowed(komorebi):
    points.allow_conversions(
        merchant_id=komorebi.id, most_each=pts(1_000), most_per_month=pts(1_000), reason="Asked", by=SYSTEM, now=NOON
    )


@pytest.fixture
def private():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def registered(owner, at, private):
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    owner.post(at("points", "conversions", "keys", "new"), {"label": "Back office", "public_key": pem})
    return ConversionKey.objects.get()


def sent(private, content=FILE, **more):
    signature = urlsafe_b64encode(private.sign(FILE)).rstrip(b"=").decode()
    return {"file": SimpleUploadedFile("points.csv", content), "signature": signature} | more


def test_a_file_is_looked_at_before_it_is_taken_over(finance, at, private, registered):
    place = at("points", "conversions", "upload")
    looked = finance.post(place, sent(private))
    assert "2 balances are new: 300" in text(looked)
    assert not PointsConversionBatch.objects.exists()

    facts = looked.context
    confirmed = {"confirmed": "1", "signature": facts["form"]["signature"].value(), "carried": facts["carried"]}
    assert finance.post(place, confirmed).status_code == 303
    assert PointsConversionBatch.objects.get().points_minor == 300
    page = text(finance.get(at("points", "conversions")))
    assert '<data class="points points-m" value="700">' in page
    assert "of 1,000 points. One point costs you one yen" in page
    assert "alice@example.jp" not in page
    assert "Told after" in page


def test_a_large_file_is_chosen_again(finance, at, private, registered, monkeypatch):
    monkeypatch.setattr(conversions, "MOST_CARRIED", 10)
    place = at("points", "conversions", "upload")
    assert "choose the same one again" in text(finance.post(place, sent(private)))
    assert finance.post(place, sent(private, confirmed="1")).status_code == 303
    assert PointsConversionBatch.objects.get().count == 2


def test_what_was_changed_on_the_way_is_refused(finance, at, private, registered):
    place = at("points", "conversions", "upload")
    for wrong in (sent(private, FILE + b"c,c@example.jp,1,\n", confirmed="1"), {"signature": "a", "carried": "e"}):
        refused = finance.post(place, wrong)
        assert (refused.status_code, "not made for exactly this file" in text(refused)) == (422, True)
    assert not PointsConversionBatch.objects.exists()


def test_bad_lines_are_named(finance, at, private, registered):
    content = FILE + b"=1,alice@example.jp,1,\n"
    signature = urlsafe_b64encode(private.sign(content)).rstrip(b"=").decode()
    refused = finance.post(at("points", "conversions", "upload"), sent(private, content) | {"signature": signature})
    assert (refused.status_code, "Line 4" in text(refused)) == (422, True)


def test_a_revoked_key_signs_nothing(owner, finance, at, private, registered):
    owner.post(at("points", "conversions", "keys", registered.id, "revoke"))
    assert finance.post(at("points", "conversions", "upload"), sent(private)).status_code == 422
    assert "Revoked" in text(owner.get(at("points", "conversions")))


def test_without_the_commerces_leave_nothing_is_offered(owner, at, komorebi):
    points.stop_conversions(merchant_id=komorebi.id, reason="Enough", by=SYSTEM, now=NOON)
    page = text(owner.get(at("points", "conversions")))
    assert "must allow it first" in page
    assert "Send a signed file" not in page
