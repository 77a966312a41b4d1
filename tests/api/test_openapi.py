"""The description says what the server does: no call more, none less, and every example is sound."""

import json
import re

import pytest
from openapi_spec_validator import validate

from api.examples import EXAMPLES
from api.objects import SCHEMAS
from api.objects.webhooks import data_of
from api.openapi import METHODS, document, operations, routes
from tests.api.described import complaints, strict_document
from tests.routes import all_routes
from tools.docs import refusals
from vaultpay.environment import ROOT
from webhooks.states import EVENT_TYPES


def test_it_is_sound_openapi():
    validate(document())


def test_every_address_below_v1_is_looked_at():
    known = {re.sub(r"<str:(\w+)>", r"{\1}", route.pattern) for route in all_routes()}
    assert {path for path, _name, _view in routes()} == {
        path for path in known if path.startswith("/v1/") and path != "/v1/"
    }


def test_every_call_that_the_server_knows_is_described():
    served = {(path, method) for path, _name, view in routes() for method in METHODS if hasattr(view, method)}
    assert {(path, method) for path, calls in document()["paths"].items() for method in calls} == served


@pytest.mark.django_db
@pytest.mark.parametrize("call", operations(), ids=lambda call: call.id)
def test_every_call_that_is_described_is_served(shop, call):
    path = re.sub(r"\{\w+\}", "nothing", call.path)
    answer = shop.call(call.method.upper(), path, key="" if call.scope else None)
    assert answer.status == (401 if call.scope else 200)


@pytest.mark.django_db
@pytest.mark.parametrize("call", [one for one in operations() if one.described.query], ids=lambda call: call.id)
def test_every_filter_that_is_described_is_taken_and_no_other(shop, call):
    soft = {"integer": "1", "date-time": "2026-11-22T09:00:00Z"}
    for place in document()["paths"][call.path]["get"]["parameters"]:
        if place.get("in") != "query":
            continue
        schema = place["schema"]
        value = schema.get("enum", [soft.get(schema.get("format", schema["type"]), "order-1")])[0]
        if "starting_after" in place["name"] or "ending_before" in place["name"]:
            value = f"{call.described.query.prefix}_01jd0000000000000000000000"
        assert shop.get(f"{call.path}?{place['name']}={value}").status == 200, place
    assert shop.get(f"{call.path}?colour=green").status == 400


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_object_has_a_sound_example(name):
    assert complaints({"$ref": f"#/components/schemas/{name}"}, EXAMPLES[name]) == []


@pytest.mark.parametrize("call", [one for one in operations() if one.described.body], ids=lambda call: call.id)
def test_every_body_has_a_sound_example(call):
    body = document()["paths"][call.path][call.method]["requestBody"]
    media = body["content"]["application/json"]
    assert "example" in media or not body["required"]
    assert complaints(media["schema"], media.get("example", {})) == []


def test_every_number_and_every_text_of_a_body_has_a_largest_one():
    lacking = []

    def look(schema, where):
        match schema.get("type"):
            case "integer":
                lacking.extend([where] * ("maximum" not in schema or "minimum" not in schema))
            case "string":
                ends = {"maxLength", "enum"} & schema.keys() or schema.get("pattern", "").endswith("{25}$")
                lacking.extend([where] * (not ends))
            case "array":
                lacking.extend([where] * ("maxItems" not in schema and "uniqueItems" not in schema))
                look(schema["items"], f"{where}[]")
            case "object":
                for name, inner in schema.get("properties", {}).items():
                    look(inner, f"{where}.{name}")

    for call in operations():
        if call.described.body:
            look(call.described.body.schema(), call.id)
    assert not lacking


def test_every_code_that_a_call_may_answer_with_is_a_refusal_of_ours():
    known = {refusal.code for refusal in refusals()}
    said = {code for call in operations() for codes in call.codes().values() for code in codes}
    assert said - known == {"not_acceptable", "internal_error", "unsupported_content_type", "too_busy"}


def test_every_kind_of_event_has_data_that_are_described():
    assert {data_of(kind) for kind in EVENT_TYPES} <= strict_document()["components"]["schemas"].keys()


@pytest.mark.django_db
def test_it_is_given_to_everybody_and_written_down(client):
    served = client.get("/v1/openapi.json").json()
    assert served == document()
    assert json.loads((ROOT / "docs/api/openapi.json").read_text()) == served
