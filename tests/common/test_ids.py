"""Ids: a UUIDv7 in the table, `pay_…` for people, and nothing that a stranger types is ever an error."""

import uuid
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis.strategies import text, uuids

from common.ids import PublicIdField, derived_id, new_id, public_id, read_id

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@given(value=uuids())
def test_every_uuid_survives_the_way_out_and_back(value):
    assert read_id(public_id("pay", value), prefix="pay") == value


@given(typed=text(max_size=40))
def test_whatever_a_stranger_types_finds_nothing_or_an_id(typed):
    field = PublicIdField("pay")
    assert isinstance(field.get_prep_value(typed), uuid.UUID)


def test_later_ids_sort_after_earlier_ones():
    made = [new_id("pay") for _ in range(200)]
    assert made == sorted(made)


def test_an_id_of_another_kind_is_no_id_of_this_kind():
    card = new_id("card")
    assert read_id(card, prefix="pay") is None
    with pytest.raises(ValidationError):
        PublicIdField("pay").to_python(card)


def test_letters_that_people_confuse_are_not_in_it():
    assert read_id("pay_" + "i" * 26, prefix="pay") is None
    assert read_id("pay_" + "8" + "0" * 25, prefix="pay") is None  # more than 128 bits


def test_a_derived_id_is_the_same_each_time_and_foreseen_by_nobody_without_the_secret():
    first = derived_id("cap", at=NOON, secret=b"a", name="one")
    assert derived_id("cap", at=NOON, secret=b"a", name="one") == first
    assert derived_id("cap", at=NOON, secret=b"b", name="one") != first
    value = read_id(first, prefix="cap")
    assert (value.version, value.variant) == (7, uuid.RFC_4122)


def test_an_unknown_prefix_is_a_bug():
    with pytest.raises(ValueError, match="unknown id prefix"):
        new_id("zzz")
