"""The four checked messages of facts 3.2, byte for byte, and the messages that we build."""

from datetime import UTC, datetime

import pytest

from common.money import yen
from vault.safe.pan import OpenCard, Pan, SecurityCode
from vault.safe.wire import messages
from vault.safe.wire.codec import MessageBroken, decode, encode, private_data, read_private_data
from vault.safe.wire.messages import Letterhead, Sender, Trace
from vault.types import MerchantFacts

AUTHORIZATION = (
    "0100723C448108E0800016424242424242424200000000000001280011221345011234562245011122301259958125906392001632713123456"
    "VPSIM001M00000000000042OPTICIAN ONLINE          TOKYO        JP392"
)
APPROVAL = (
    "0110723800010EC080001642424242424242420000000000000128001122134501123456224501112206392001632713123456A1B2C300"
    "VPSIM001M00000000000042392"
)
REVERSAL = (
    "0420F238000108C0800000000040000000001642424242424242420000000000000128001122134521123457224521112206392001"
    "632713123456VPSIM001M00000000000042392010012345611221345010000039200100000000000"
)
ECHO = "0800822000000000000004000000000000001122134501123456301"

AT = datetime(2026, 11, 22, 13, 45, 1, tzinfo=UTC)
CARD = OpenCard(Pan("4242424242424242"), 12, 2030)
OPTICIAN = MerchantFacts(ref="M00000000000042", name="Optician Online", mcc="5995", city="Tokyo")
HEAD = Letterhead(
    sender=Sender(acquirer="00000392001", terminal="VPSIM001"),
    trace=Trace("123456", "1122134501", "632713123456"),
    reference="auth_1",
    now=AT,
)


@pytest.mark.parametrize("vector", [AUTHORIZATION, APPROVAL, REVERSAL, ECHO])
def test_what_is_read_is_written_back_the_same(vector):
    assert encode(decode(vector.encode())) == vector.encode()


def test_the_authorization_vector():
    built = messages.authorization(card=CARD, amount=yen(12_800), merchant=OPTICIAN, head=HEAD)
    # The vector is a card just typed in (22 = 812) and carries no private data; ours is a card on file.
    assert {**decode(AUTHORIZATION.encode()), "22": "102", "48": "REF=auth_1"} == built


def test_the_reversal_vector():
    original = messages.to_store(messages.authorization(card=CARD, amount=yen(12_800), merchant=OPTICIAN, head=HEAD))
    head = Letterhead(HEAD.sender, Trace("123457", "1122134521", "632713123456"), "adv_1", AT.replace(second=21))
    built = messages.reversal(card=CARD, original=original, head=head)
    # The vector leaves the reason (60) and the condition (25) out; ours gives both.
    assert {**decode(REVERSAL.encode()), "25": "59", "60": "4021"} == built


def test_the_echo_vector():
    assert encode(messages.network_message("301", trace=Trace("123456", "1122134501", ""))) == ECHO.encode()


def test_a_repeat_differs_in_its_type_only():
    original = messages.to_store(messages.authorization(card=CARD, amount=yen(1), merchant=OPTICIAN, head=HEAD))
    for advice, repeat in (
        (messages.reversal(card=CARD, original=original, head=HEAD), "0421"),
        (messages.capture(card=CARD, amount=yen(1), original=original, approval_code="A1B2C3", head=HEAD), "0221"),
        (messages.void(card=CARD, original=original, approval_code="", head=HEAD), "0400"),
    ):
        stored = messages.to_store(advice)
        assert messages.from_store(stored, card=CARD, repeated=True) == {**advice, "t": repeat}
        assert messages.from_store(stored, card=CARD, repeated=False) == advice


def test_what_is_stored_has_no_number_no_expiry_and_no_code():
    asked = messages.verification(card=CARD, security_code=SecurityCode("123"), merchant=OPTICIAN, head=HEAD)
    assert asked["48"] == "REF=auth_1|CVC=123"
    stored = messages.to_store(asked)
    assert (stored.get("2"), stored.get("14"), stored["48"]) == (None, None, "REF=auth_1")


@pytest.mark.parametrize(
    ("name", "city", "written"),
    [
        ("Komorebi Coffee", "Kyōto", "KOMOREBI COFFEE          KYOTO        JP"),
        ("A name that is far too long for it", "Tokyo", "A NAME THAT IS FAR TOO LOTOKYO        JP"),
        ("木漏れ日眼鏡店", "京都", "SHOP M00000000000042     JAPAN        JP"),
    ],
)
def test_the_wire_says_names_in_ascii(name, city, written):
    merchant = MerchantFacts(ref="M00000000000042", name=name, mcc="5995", city=city)
    assert messages.name_and_place(merchant) == written


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"0110",
        b"<html><body>502 Bad Gateway</body></html>",
        APPROVAL.encode()[:-20],
        APPROVAL.encode() + b"392",
        b"0110FFFFFFFFFFFFFFFF" + APPROVAL.encode()[20:],
        APPROVAL.encode().replace(b"1122134501", b"11221345xx"),
        b"\xff\xfe" * 40,
    ],
)
def test_what_is_no_message_is_called_broken(body):
    with pytest.raises(MessageBroken) as broken:
        decode(body)
    assert "4242" not in str(broken.value)


def test_what_cannot_be_written_is_called_broken():
    with pytest.raises(MessageBroken):
        encode({"t": "0100", "4": "1"})


def test_private_data_is_read_as_it_is_written():
    assert read_private_data(private_data(REF="auth_1", CVR="M") + "|nonsense") == {"REF": "auth_1", "CVR": "M"}
