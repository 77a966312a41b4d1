"""What we accept as JSON from strangers: little, and exactly."""

import pytest

from common.json import UnreadableJson, canonical, read_strict


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
        (b'{"a": 1.0}', "whole number"),
        (b'{"a": 1e3}', "whole number"),
        (b'{"a": NaN}', "whole number"),
        (b'{"a": -Infinity}', "whole number"),
        (b'{"a": 100000000000000000000}', "too large"),
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
