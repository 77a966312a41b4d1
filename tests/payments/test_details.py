"""What a passkey signs. A vector that is fixed for ever, because approvals are verified years later."""

import hashlib

import pytest

from payments.details import ApprovalDetails, challenge_over, hash_of_items, origin_of

DETAILS = {
    "payment": "pay_01jd0000000000000000000000",
    "customer": "cus_01jd0000000000000000000000",
    "merchant": "mer_01jd0000000000000000000000",
    "payee_name": "木漏れ日コーヒー",
    "payee_origin": "https://komorebi.example",
    "amount": "12800",
    "currency": "JPY",
    "exponent": "0",
    "points": "300",
    "card": "card_01jd0000000000000000000000",
    "items_hash": "00" * 32,
    "expires_at": "2026-11-22T03:05:00.000Z",
    "return_origin": "https://komorebi.example",
}
NONCE = bytes(range(32))


def test_the_challenge_is_this_hash_over_prefix_nonce_and_canonical_details():
    canonical = (
        '{"amount":"12800","card":"card_01jd0000000000000000000000","currency":"JPY",'
        '"customer":"cus_01jd0000000000000000000000","expires_at":"2026-11-22T03:05:00.000Z","exponent":"0",'
        '"items_hash":"' + "00" * 32 + '","merchant":"mer_01jd0000000000000000000000",'
        '"payee_name":"木漏れ日コーヒー","payee_origin":"https://komorebi.example",'
        '"payment":"pay_01jd0000000000000000000000","points":"300","return_origin":"https://komorebi.example"}'
    )
    wanted = hashlib.sha256(b"vaultpay/approval/v1\x00" + NONCE + canonical.encode()).digest()
    assert challenge_over(DETAILS, nonce=NONCE) == wanted


@pytest.mark.parametrize("member", DETAILS)
def test_every_member_changes_the_challenge(member):
    changed = {**DETAILS, member: DETAILS[member] + "1"}
    assert challenge_over(changed, nonce=NONCE) != challenge_over(DETAILS, nonce=NONCE)


def test_a_short_nonce_is_an_error():
    with pytest.raises(ValueError, match="32 bytes"):
        challenge_over(DETAILS, nonce=b"short")


@pytest.mark.parametrize(
    "members",
    [{}, {**DETAILS, "more": "1"}, {**DETAILS, "amount": 12_800}, {k: v for k, v in DETAILS.items() if k != "card"}],
)
def test_only_whole_details_made_of_texts_are_read(members):
    with pytest.raises(ValueError, match="not the details"):
        ApprovalDetails.read(members)


def test_details_are_read_as_they_were_written():
    assert ApprovalDetails.read(DETAILS).as_members() == DETAILS


def test_the_hash_of_items_depends_on_their_order_and_on_nothing_else():
    one, two = {"name": "A", "quantity": 1}, {"quantity": 2, "name": "B"}
    assert hash_of_items([one, two]) == hash_of_items([dict(reversed(one.items())), two])
    assert hash_of_items([one, two]) != hash_of_items([two, one])


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example:443/thanks?a=1", "https://shop.example"),
        ("http://localhost:8001/return", "http://localhost:8001"),
        ("nonsense", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert origin_of(url) == origin
