"""Each kind of event has a schema of its own, sound and with a sound example; every story is held against them."""

import json

import pytest
from jsonschema import Draft202012Validator

from api.event_schemas import WHEN
from tests.api.described import what_is_wrong_with_event
from vaultpay.environment import ROOT
from webhooks.states import EVENT_TYPES

FOLDER = ROOT / "docs/events"


def test_every_kind_is_told_when_and_has_its_file_and_no_other():
    assert set(EVENT_TYPES) <= WHEN.keys()
    assert {file.stem for file in FOLDER.glob("*.json")} == set(EVENT_TYPES)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_a_schema_is_sound_and_so_is_its_example(kind):
    schema = json.loads((FOLDER / f"{kind}.json").read_text())
    Draft202012Validator.check_schema(schema)
    [example] = schema["examples"]
    assert list(Draft202012Validator(schema).iter_errors(example)) == []
    assert list(Draft202012Validator(schema).iter_errors(example | {"type": "payment.exploded"}))
    assert what_is_wrong_with_event(kind, example["data"] | {"colour": "green"})
