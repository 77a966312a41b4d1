"""Bytes as text: one way to write them, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis.strategies import binary

from common.base64url import from_base64url, to_base64url


@given(binary(max_size=80))
def test_what_was_written_is_read_back(value):
    assert from_base64url(to_base64url(value)) == value


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "+/", "AAAA\n", "Ａ", "AA AA", None, 7, b"AAAA"])
def test_another_way_to_write_it_is_refused(text):
    with pytest.raises(ValueError, match="base64"):
        from_base64url(text)
