"""Requests made up from the description: such as it allows, such as it forbids in one place, and nonsense."""

import json
from copy import deepcopy

from hypothesis import strategies as st

from api.openapi import document

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80)
NONSENSE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        TEXTS,
        st.sampled_from(
            ["", "0", "\0", "１２", "1e3", "' OR 1=1", "pay_", "../..", "{{7*7}}", "\u202eabc", "a" * 5_000]
        ),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


THERE = {}
"""Ids that are there, by the name of a member which may refer to one: without them, nothing would ever be done."""


def fitting(schema):  # noqa: PLR0911 (a table of kinds)
    """Values that this schema allows; those of the server's own rules that no schema can say are left to the server."""
    schema = resolved(schema)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if isinstance(schema.get("type"), list):
        return st.one_of(st.none(), fitting({**schema, "type": schema["type"][0]}))
    match schema.get("type"):
        case "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 10**6)
            return st.one_of(st.integers(low, high), st.integers(low, min(high, low + 20_000)))
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                fitting(schema["items"]),
                max_size=min(schema.get("maxItems", 3), 3),
                unique=schema.get("uniqueItems", False),
            )
        case "object":
            return _fitting_object(schema)
        case _:
            return _fitting_text(schema)


def _fitting_object(schema):
    if "properties" not in schema:
        return st.dictionaries(st.text("abc", min_size=1, max_size=5), st.text(max_size=20), max_size=3)
    needed = schema.get("required", [])
    known = {
        name: st.one_of(st.sampled_from(THERE[name]), fitting(inner)) if name in THERE else fitting(inner)
        for name, inner in schema["properties"].items()
    }
    return st.fixed_dictionaries(
        {name: known[name] for name in needed},
        optional={name: inner for name, inner in known.items() if name not in needed},
    )


def _fitting_text(schema):
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda at: f"{at.isoformat()}+09:00")
    if schema.get("format") == "date":
        return st.dates().map(str)
    if schema.get("format") == "uri":
        return st.sampled_from([*["https://komorebi.example/thanks"] * 6, "https://mallory.example/x", "http://a:1/"])
    if (pattern := schema.get("pattern", "")).startswith("^") and "[0-7][0-9a-hjkmnp-tv-z]" in pattern:
        return st.from_regex(pattern, fullmatch=True)
    return st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")),
        min_size=schema.get("minLength", 0),
        max_size=min(schema.get("maxLength", 40), 40),
    )


def resolved(schema):
    while "$ref" in schema:
        found = document()
        for step in schema["$ref"].split("/")[1:]:
            found = found[step]
        schema = found
    return schema


@st.composite
def bent(draw, schema):
    """A fitting body with one place that does not fit: another value, a member too many, or one too few."""
    body = deepcopy(draw(fitting(schema)))
    names = [*resolved(schema).get("properties", {}), "colour"]
    name = draw(st.sampled_from(names))
    if name in body and draw(st.booleans()):
        del body[name]
    else:
        body[name] = draw(NONSENSE)
    return body


def bodies(schema):
    """(fits, bytes): whether the document allows it, and what is sent."""
    fits = fitting(schema).map(lambda body: (True, _bytes(body)))
    wrong = st.one_of(bent(schema), NONSENSE).map(lambda body: (None, _bytes(body)))
    broken = st.binary(max_size=64).map(lambda raw: (None, raw))
    return st.one_of(fits, fits, wrong, wrong, broken)


def _bytes(body):
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def requests(draw, call, ids):
    """One request of this call: path, query, headers, body. `ids` are things that are there, by the name of a place."""
    facts = document()["paths"][call.path][call.method]
    path = call.path
    for place in call.places:
        there = [st.just(one) for one in ids.get(place, [])]
        strange = st.text("abcxyz019_.~-", min_size=1, max_size=30).filter(lambda text: text.strip("."))
        path = path.replace("{" + place + "}", draw(st.one_of(*there, *there, strange)))
    query, headers = {}, {}
    for one in facts["parameters"]:
        facts_of_one = resolved(one)
        if facts_of_one["in"] == "query" and draw(st.integers(0, 3)) == 3:
            value = draw(st.one_of(fitting(facts_of_one["schema"]), TEXTS))
            query[facts_of_one["name"]] = str(value)
    if draw(st.integers(0, 19)) == 19:
        query[draw(TEXTS)] = draw(TEXTS)
    if call.idempotent:
        headers["Idempotency-Key"] = draw(st.sampled_from(["a", "b", "", "x" * 255]) | st.uuids().map(str))
    if draw(st.integers(0, 9)) == 9:
        headers["VaultPay-Version"] = draw(st.sampled_from(["2026-11-22", "2020-01-01", "", "x"]))
    if draw(st.integers(0, 19)) == 19:
        headers["Accept"] = draw(st.sampled_from(["text/html", "*/*", "application/json", "x"]))
    body = (None, b"")
    if "requestBody" in facts:
        media = facts["requestBody"]["content"].get("application/json")
        # A file is whatever bytes there are; what they may be is the verb's question.
        body = draw(bodies(media["schema"])) if media else (None, draw(st.binary(max_size=256)))
    return path, query, headers, body
