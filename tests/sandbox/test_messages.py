"""ISO 8583 as the wire writes it: the checked vectors, and bytes that are no message."""

import pytest

from sandbox.network.messages import (
    UnreadableMessage,
    answer_type,
    framed,
    private_data,
    read_message,
    with_private_data,
    write_message,
)

VECTORS = {
    "authorization": (
        "0100723C448108E0800016424242424242424200000000000001280011221345011234562245011122301259958125906392"
        "001632713123456VPSIM001M00000000000042OPTICIAN ONLINE          TOKYO        JP392"
    ),
    "its answer": (
        "0110723800010EC0800016424242424242424200000000000001280011221345011234562245011122063920016327131234"
        "56A1B2C300VPSIM001M00000000000042392"
    ),
    "reversal": (
        "0420F238000108C0800000000040000000001642424242424242420000000000000128001122134521123457224521112206"
        "392001632713123456VPSIM001M00000000000042392010012345611221345010000039200100000000000"
    ),
    "echo": "0800822000000000000004000000000000001122134501123456301",
}


class TestReadMessage:
    @pytest.mark.parametrize("name", VECTORS)
    def test_every_vector_comes_back_byte_for_byte(self, name):
        assert write_message(read_message(VECTORS[name].encode())) == VECTORS[name].encode()

    def test_the_authorization_says_what_the_tables_say(self):
        message = read_message(VECTORS["authorization"].encode())
        assert (message["2"], message["4"], message["37"], message["49"]) == (
            "4242424242424242",
            "000000012800",
            "632713123456",
            "392",
        )

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"0100",
            b"HTTP/1.1 502 Bad Gateway",
            b"\xff" * 40,
            VECTORS["authorization"].encode()[:60],
            VECTORS["echo"].encode() + b"1",
            VECTORS["echo"].replace("123456", "12345x").encode(),
        ],
    )
    def test_what_is_no_message_is_refused_without_quoting_it(self, raw):
        with pytest.raises(UnreadableMessage) as no:
            read_message(raw)
        assert "4242" not in str(no.value)


def test_a_frame_begins_with_its_length():
    assert framed(b"0800") == b"\x00\x040800"


@pytest.mark.parametrize(
    ("asked", "answered"), [("0100", "0110"), ("0421", "0430"), ("0221", "0230"), ("0800", "0810")]
)
def test_an_answer_is_named_after_its_question(asked, answered):
    assert answer_type(asked) == answered


def test_private_data_passes_over_what_it_does_not_understand():
    assert private_data({"48": "REF=auth_1|CVC=123|junk|X=a b"}) == {"REF": "auth_1", "CVC": "123"}
    assert with_private_data({"STATE": "held", "ORC": ""}) == {"48": "STATE=held"}
