"""What we accept as JSON from strangers: little, and exactly."""

import time

import pytest
from django.utils import translation

from common.json import UnreadableJson, canonical, read_strict


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_plain_json_is_read():
    assert read_strict('{"amount": 12800, "items": [{"name": "丸眼鏡"}]}'.encode()) == {
        "amount": 12800,
        "items": [{"name": "丸眼鏡"}],
    }


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1, "a": 2}', "given twice"),
        (b'{"a": {"b": 1, "b": 1}}', "given twice"),
        (b'{"a": 1.0}', "numbers are whole"),
        (b'{"a": 1e3}', "numbers are whole"),
        (b'{"a": NaN}', "numbers are whole"),
        (b'{"a": -Infinity}', "numbers are whole"),
        (b'{"a": 100000000000000000000}', "too large"),
        (b'{"a": 9007199254740992}', "too large"),
        (b'{"a": -9007199254740992}', "too large"),
        (b"{", "at line 1"),
        (b"", "at line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": "\\ud800"}', "character that is none"),
        (b'{"a": "x\\u0000y"}', "character that is none"),
        (b"[" * 9 + b"]" * 9, "levels deep"),
        (b"[" * 60_000, "levels deep"),
        (b'"' + b"x" * 70_000 + b'"', "bytes"),
    ],
)
def test_what_is_refused_says_why(body, why):
    with pytest.raises(UnreadableJson) as no:
        read_strict(body)
    assert why in str(no.value)


def test_brackets_inside_a_text_are_not_depth():
    assert read_strict(b'["[[[[[[[[[[[[\\"[["]') == ['[[[[[[[[[[[[\\"[['.replace("\\", "")]


def test_canonical_json_has_one_form():
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_whatever_was_read_can_be_written_canonically():
    assert canonical(read_strict(b"[9007199254740991, -9007199254740991]")) == b"[9007199254740991,-9007199254740991]"


def test_a_member_given_twice_among_thousands_is_found_at_once():
    body = b"{" + b",".join(b'"%04x": 1' % number for number in range(6_000)) + b', "176f": 1}'
    began = time.process_time()
    with pytest.raises(UnreadableJson, match="176f"):
        read_strict(body)
    assert time.process_time() - began < 0.5
