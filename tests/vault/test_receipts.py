"""The safe signs receipts: its key is made there, stays there, and can be changed."""

import pytest

from common.json import canonical
from common.jws import verify
from vault import services as vault
from vault.errors import ReceiptsUnavailable
from vault.gateways.safe import NothingSent, another_door
from vault.models import ReceiptKey
from vault.safe.envelope import DoesNotOpen
from vault.safe.keys import FileKeyProvider, create_key_file
from vault.safe.receipts import sign_with
from vault.types import RECEIPT_TYPE

pytestmark = [pytest.mark.loopback, pytest.mark.patient, pytest.mark.django_db(transaction=True)]

SAID = {"id": "rct_1", "shop": {"name": "こもれび珈琲"}, "amount": 12_800}


def signed(now):
    return vault.sign_receipt(payload=canonical(SAID), now=now)


def test_signs_what_verifies_with_the_public_key_alone(safe, now):
    receipt = signed(now)
    keys = vault.receipt_keys(now=now)
    assert verify(receipt.jws, keys, kind=RECEIPT_TYPE) == SAID
    assert [key["kid"] for key in keys["keys"]] == [receipt.kid]
    assert {"d", "k"}.isdisjoint(keys["keys"][0])


def test_keeps_one_key_until_it_is_told_to_make_another(safe, now):
    assert signed(now).kid == signed(now).kid
    before = signed(now)
    keys = vault.rotate_receipt_key(now=now)
    after = signed(now)
    assert [key["kid"] for key in keys["keys"]] == [after.kid, before.kid]
    assert verify(before.jws, keys, kind=RECEIPT_TYPE) == verify(after.jws, keys, kind=RECEIPT_TYPE)


def test_the_private_half_opens_only_under_its_own_key_file_and_in_its_own_row(safe, place, run_dir, now):
    signed(now)
    row = ReceiptKey.objects.get()
    provider = FileKeyProvider(place.KEK_FILE)
    create_key_file(run_dir / "another" / "kek.json")
    with pytest.raises(DoesNotOpen):
        sign_with(FileKeyProvider(run_dir / "another" / "kek.json"), row, b"{}")
    row.kid = "A" * 43
    with pytest.raises(DoesNotOpen):
        sign_with(provider, row, b"{}")


def test_without_the_safe_nothing_is_signed_and_somebody_is_told(now):
    class Away:
        def ask(self, _message):
            raise NothingSent("away")

    with another_door(Away()), pytest.raises(ReceiptsUnavailable):
        signed(now)
