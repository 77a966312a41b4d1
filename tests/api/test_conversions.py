"""A shop's old points over the API: one, a signed file, and what is never said."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.actors import SYSTEM
from common.money import pts
from points import services as points
from tests.cast import NOON

pytestmark = pytest.mark.django_db

ONE = {"source_id": "card-1", "email": "Alice@example.jp", "points": 500}
PATH = "/v1/points/conversions"
FILE = b"source_id,email,points,expires_on\na,alice@example.jp,100,\n"


@pytest.fixture(autouse=True)
def from_noon_on(monkeypatch):
    """A clock that ticks once each time it is read, so that what comes later has a later id."""
    ticks = count()
    monkeypatch.setattr("common.clock.now", lambda: NOON + timedelta(milliseconds=next(ticks)))


@pytest.fixture(autouse=True)
def allowed(komorebi):
    points.allow_conversions(
        merchant_id=komorebi.id, most_each=pts(1_000), most_per_month=pts(1_000), reason="Asked", by=SYSTEM, now=NOON
    )


@pytest.fixture
def sign(komorebi):
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    points.register_conversion_key(
        merchant_id=komorebi.id, public_key_pem=pem, label="Till", by=komorebi.actor, now=NOON
    )
    return lambda content: urlsafe_b64encode(private.sign(content)).rstrip(b"=").decode()


class TestOne:
    def test_is_accepted_and_says_no_more_when_its_owner_has_it(self, shop, alice):
        made = shop.post(PATH, ONE)
        assert (made.status, made.body["status"], made.body["expires_on"]) == (201, "accepted", "2027-11-30")
        points.find_owners(now=NOON + timedelta(hours=1))
        assert shop.get(f"{PATH}/{made.body['id']}").body == made.body
        assert shop.get(f"{PATH}?source_id=card-1").body["data"] == [made.body]
        assert shop.get(f"{PATH}?source_id=card-2").body["data"] == []

    def test_the_same_source_id_is_the_same_with_any_key(self, shop):
        first, again = shop.post(PATH, ONE), shop.post(PATH, ONE)
        assert (again.status, again.body) == (201, first.body)
        other = shop.post(PATH, ONE | {"points": 501})
        assert (other.status, other.body["code"]) == (409, "conversion_differs")

    def test_is_another_shops_never(self, shop, other_shop):
        made = shop.post(PATH, ONE).body
        places = [f"{PATH}/{made['id']}", f"/v1/points/conversion_batches/{made['batch']}"]
        assert [shop.get(place).status for place in places] == [200, 200]
        assert [other_shop.get(place).status for place in places] == [404, 404]
        assert other_shop.get(PATH).body["data"] == []
        refused = other_shop.post(PATH, ONE)
        assert (refused.status, refused.body["code"]) == (422, "conversions_not_allowed")

    def test_beyond_a_limit(self, shop):
        assert shop.post(PATH, ONE | {"points": 1_001}).body["code"] == "conversion_too_large"
        shop.post(PATH, ONE | {"points": 1_000})
        assert shop.post(PATH, ONE | {"source_id": "b"}).body["code"] == "conversion_limit_reached"


class TestFile:
    def test_is_taken_over_once(self, shop, sign):
        path = f"{PATH}/file?signature={sign(FILE)}"
        first, again = (shop.call("POST", path, raw=FILE, content_type="text/csv") for _ in range(2))
        assert (first.status, first.body["conversions"], first.body["points"]) == (201, 1, 100)
        assert (again.status, again.body) == (201, first.body)
        assert (first.body["converted"], first.body["returned"]) == (None, None)

    def test_every_bad_line_is_named(self, shop, sign):
        content = FILE + b"b,nobody,1,\nc,alice@example.jp,0,\n"
        refused = shop.call("POST", f"{PATH}/file?signature={sign(content)}", raw=content, content_type="text/csv")
        assert (refused.status, refused.body["code"]) == (400, "conversion_file_wrong")
        assert [error["field"] for error in refused.body["errors"]] == ["line 3, email", "line 4, points"]
        assert shop.get(PATH).body["data"] == []

    def test_without_the_shops_own_signature_it_is_not_read(self, shop, sign):
        for signature, code in ((sign(FILE + b" "), "signature_not_sound"), ("", "invalid_request")):
            refused = shop.call("POST", f"{PATH}/file?signature={signature}", raw=FILE, content_type="text/csv")
            assert (refused.status, refused.body["code"]) == (400, code)
