"""Whether an answer is what the description says: its status, its code, its members, its headers."""

import copy
import re
from functools import cache

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.objects.webhooks import data_of
from api.openapi import document


def closed(value):
    """The same schemas with no member allowed that they do not name: stricter than what is published."""
    if isinstance(value, dict):
        found = {name: closed(inner) for name, inner in value.items()}
        if "required" in value and "properties" in value and "additionalProperties" not in value:
            found["additionalProperties"] = False
        return found
    return [closed(inner) for inner in value] if isinstance(value, list) else value


@cache
def strict_document():
    found = copy.deepcopy(document())
    found["components"]["schemas"] = closed(found["components"]["schemas"])
    return found


@cache
def registry():
    return Registry().with_resource("urn:api", Resource(contents=strict_document(), specification=DRAFT202012))


def complaints(schema, value):
    """What does not fit, in words."""
    whole = {"$id": "urn:asked", **_absolute(schema)}
    validator = Draft202012Validator(whole, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _absolute(schema):
    if isinstance(schema, dict):
        return {
            name: f"urn:api{inner}" if name == "$ref" and str(inner).startswith("#") else _absolute(inner)
            for name, inner in schema.items()
        }
    return [_absolute(inner) for inner in schema] if isinstance(schema, list) else schema


def described_call(method, path):
    """The description of this call; None when there is none."""
    bare = path.partition("?")[0]
    # A fixed word is found before a place of the same length.
    for shape, calls in sorted(strict_document()["paths"].items(), key=lambda item: item[0].count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", shape), bare):
            return calls.get(method.lower())
    return None


def what_is_wrong(method, path, *, status, headers, body):
    call = described_call(method, path)
    media = headers.get("Content-Type", "")
    if call is None:
        return complaints({"$ref": "#/components/schemas/Problem"}, body) if status >= 400 else ["it is not described"]
    answer = call["responses"].get(str(status))
    if answer is None:
        # An address that knows other methods only, or a path that is none.
        return [f"{status} is not described: {body}"]
    if media not in answer["content"]:
        return [f"{media} is not described"]
    wrong = complaints(answer["content"][media]["schema"], body)
    for name, header in answer.get("headers", {}).items():
        described = strict_document()["components"]["headers"][header["$ref"].rpartition("/")[2]]
        if name in headers:
            wrong += complaints(described["schema"], headers[name])
        elif name != "Idempotency-Replayed":
            wrong.append(f"{name} is missing")
    return wrong


@cache
def _validator_of(kind):
    schema = {"$ref": f"urn:api#/components/schemas/{data_of(kind)}"}
    return Draft202012Validator(schema, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def what_is_wrong_with_event(kind, data):
    """What in the data of an event does not fit its schema, in words; members that it does not name are wrong too."""
    return [f"{error.json_path}: {error.message[:300]}" for error in _validator_of(kind).iter_errors(dict(data))]
