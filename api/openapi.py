"""The description of the API as OpenAPI 3.1, made from the code that answers.

Addresses and methods come from the URL configuration, scopes from the permissions, the header `Idempotency-Key` from
the decorator that reads it, bodies from the inputs, filters from the list queries, statuses from the refusals. What no
code knows, a sentence or an example, stands beside the view (`api.describing`) and the objects (`api.objects`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from api.describing import Described
from api.errors import (
    BodyTooLarge,
    IdempotencyKeyMissing,
    KeyInAddress,
    KeyMissing,
    ScopeMissing,
    TooManyRequests,
    UnacceptableInput,
    UnknownVersion,
)
from api.examples import EXAMPLES
from api.fields import NoInput, Schema
from api.objects import SCHEMAS
from api.objects.schema import an_id, ref, word
from api.pages import MOST
from api.problems import OF_HTTP, TITLES, status_of
from common.json import UnreadableJson
from events.errors import ClaimLost, KeyUsedForAnotherRequest, StillWorking
from merchants.states import API_VERSION, Scope
from merchants.versions import known_versions

if TYPE_CHECKING:
    from common.errors import Refusal

METHODS: Final = ("get", "post", "patch", "delete")
_ANY_CALL: Final = (KeyMissing, KeyInAddress, UnknownVersion, TooManyRequests)
_WITH_BODY: Final = (UnacceptableInput, UnreadableJson, BodyTooLarge)
_PLACES: Final = {
    "payment_id": "pay",
    "refund_id": "ref",
    "dispute_id": "dsp",
    "grant_id": "grt",
    "campaign_id": "cmp",
    "conversion_id": "cnv",
    "batch_id": "cvb",
    "clearing_id": "clr",
    "endpoint_id": "whe",
    "event_id": "evt",
}
"""By the name of a place in a path, the prefix of the ids that stand there."""
_WITH_KEY: Final = (IdempotencyKeyMissing, KeyUsedForAnotherRequest, StillWorking, ClaimLost)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    path: str
    method: str
    name: str
    described: Described
    scope: str
    """Empty when the call needs none."""
    idempotent: bool
    sandbox: bool

    @property
    def id(self) -> str:
        return f"{self.method}_{self.name}"

    @property
    def places(self) -> list[str]:
        """The names of the places in its path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def tag(self) -> str:
        """The resource: the first word of the path that is no version."""
        return "test_helpers" if self.sandbox else self.path.split("/")[2].partition(".")[0]

    def codes(self) -> dict[int, list[str]]:
        """Every code that this call may answer with, by HTTP status."""
        refuses: list[type[Refusal]] = [*self.described.refuses]
        http = ["not_acceptable", "internal_error", "too_busy"]
        if not self.described.public:
            refuses += _ANY_CALL
        if self.scope:
            refuses.append(ScopeMissing)
        if self.described.query:
            refuses.append(UnacceptableInput)
        if self.described.body:
            refuses += _WITH_BODY
            http.append("unsupported_content_type")
        if self.described.upload:
            refuses += [UnacceptableInput, BodyTooLarge]
            http.append("unsupported_content_type")
        if self.idempotent:
            refuses += _WITH_KEY
        found = {(status_of(refusal), refusal.code) for refusal in refuses}
        found |= {(OF_HTTP[code][0], code) for code in http}
        by_status: dict[int, list[str]] = {}
        for status, code in sorted(found):
            by_status.setdefault(status, []).append(code)
        return by_status


def operations() -> list[Operation]:
    """Every described call below /v1, in the order of the addresses."""
    return [
        Operation(
            path=path,
            method=method,
            name=name,
            described=one.described,
            scope=_scope(view, method) or "",
            idempotent=getattr(one, "idempotent", False),
            sandbox=path.startswith("/v1/test_helpers/"),
        )
        for path, name, view in routes()
        for method in METHODS
        if (one := getattr(view, method, None)) is not None and hasattr(one, "described")
    ]


def routes() -> list[tuple[str, str, Any]]:
    """(path, name, view class) of every address below /v1, but for the one that answers whatever is none."""
    return [route for route in _below(get_resolver(), "") if route[0].startswith("/v1/") and route[1] != "api_unknown"]


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str, Any]]:
    for one in resolver.url_patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one, here)
        elif isinstance(one, URLPattern) and hasattr(one.callback, "view_class"):
            yield f"/{here}".replace("<str:", "{").replace(">", "}"), str(one.name), one.callback.view_class


def _scope(view: Any, method: str) -> str | None:
    for permission in view.permission_classes:
        if scopes := getattr(permission, "scopes", None):
            read, write = scopes
            scope: str | None = read if method == "get" else write
            return scope
    return None


@cache
def document(language: str = "en") -> dict[str, Any]:
    """The whole description, with its sentences in this language."""
    with translation.override(language):
        found = _read({**_head(), "paths": _paths(), "components": _components()})
    return dict(found)


def _head() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "VaultPay",
            "version": API_VERSION,
            "summary": _("Payments for shops: the merchant’s contract."),
            "description": _(
                "JSON in UTF-8. Amounts are whole numbers in minor units. Unknown members are refused. Answers may "
                "gain members within a version, and never lose any."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.BASE_URL}],
        "security": [{"secretKey": []}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations())],
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    described = operation.described
    facts: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": described.summary,
        **({"description": described.about} if described.about else {}),
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation),
        "security": [] if described.public else [{"secretKey": [operation.scope] if operation.scope else []}],
    }
    if described.body is not None:
        media: dict[str, Any] = {"schema": ref(described.body.__name__)}
        if described.example:
            media["example"] = described.example
        facts["requestBody"] = {
            "required": described.body is not NoInput and bool(described.body.schema()["required"]),
            "content": {"application/json": media},
        }
    if described.upload:
        raw = {"schema": {"type": "string", "format": "binary"}}
        facts["requestBody"] = {"required": True, "content": dict.fromkeys(described.upload, raw)}
    return facts


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in operation.places:
        # Whatever else stands there is nobody's id: 404.
        yield {"name": name, "in": "path", "required": True, "schema": an_id(_PLACES[name])}
    if operation.described.query:
        place = an_id(operation.described.query.prefix)
        yield _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 20}, _("How many at most."))
        yield _query("starting_after", place, _("The page after this one of the list: older ones."))
        yield _query("ending_before", place, _("The page before this one of the list: newer ones."))
        for name, field in operation.described.query.filters.items():
            yield _query(name, field.schema(), field.help_text or "")
    if operation.described.upload:
        yield {**_UPLOAD_SAYS[operation.described.upload_says], "required": True}
    if operation.idempotent:
        yield {"$ref": "#/components/parameters/IdempotencyKey"}
    if not operation.described.public:
        yield {"$ref": "#/components/parameters/Version"}


def _query(name: str, schema: Schema, about: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **({"description": about} if about else {})}


_UPLOAD_SAYS: Final = {
    "name": _query(
        "name",
        {"type": "string", "minLength": 1, "maxLength": 255},
        _("What the file is called; its ending says its type."),
    ),
    "signature": _query(
        "signature",
        {"type": "string", "minLength": 1, "maxLength": 200},
        _("The detached Ed25519 signature of exactly these bytes, as base64url."),
    ),
}


def _responses(operation: Operation) -> dict[str, Any]:
    described = operation.described
    media: dict[str, Any] = {"schema": ref(described.answer) if described.answer else {"type": "object"}}
    if described.answer in EXAMPLES:
        media["example"] = EXAMPLES[described.answer]
    headers = {"Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if not described.public:
        headers["VaultPay-Version"] = {"$ref": "#/components/headers/Version"}
    replayed = {"Idempotency-Replayed": {"$ref": "#/components/headers/Replayed"}} if operation.idempotent else {}
    responses: dict[str, Any] = {
        str(described.status): {
            "description": _("Done."),
            "headers": {**headers, **replayed},
            "content": {"application/json": media},
        }
    }
    for status, codes in operation.codes().items():
        responses[str(status)] = {
            "description": TITLES[status],
            "headers": {"Request-Id": {"$ref": "#/components/headers/RequestId"}, **_headers_of(status)},
            "content": {"application/problem+json": {"schema": _problem(status, codes)}},
        }
    return responses


def _headers_of(status: int) -> dict[str, Any]:
    if status in {429, 503}:
        return {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return {}


def _problem(status: int, codes: list[str]) -> Schema:
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    return {"allOf": [ref("Problem"), narrowed]}


def _components() -> dict[str, Any]:
    bodies = {op.described.body.__name__: op.described.body.schema() for op in operations() if op.described.body}
    return {
        "schemas": {**SCHEMAS, **bodies},
        "parameters": {
            "IdempotencyKey": {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": _("One per wish of yours, and the same one with every retry of it."),
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
                "example": "order-1042-pay",
            },
            "Version": {
                "name": "VaultPay-Version",
                "in": "header",
                "description": _("The version to speak, instead of the key’s own."),
                "schema": word(known_versions()),
            },
        },
        "headers": {
            "RequestId": {"description": _("Names this request; quote it to support."), "schema": an_id("req")},
            "Version": {"description": _("The version that was spoken."), "schema": word(known_versions())},
            "Replayed": {
                "description": _("There, and true, when this is the first answer once more."),
                "schema": {"const": "true"},
            },
            "RetryAfter": {
                "description": _("Seconds after which it is worth asking again."),
                "schema": {"type": "string", "pattern": "^[0-9]+$"},
            },
        },
        "securitySchemes": {
            "secretKey": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "vp_test_sk_…",
                "description": _("A secret key of the merchant. Scopes: {scopes}.").format(
                    scopes=", ".join(scope.value for scope in Scope)
                ),
            }
        },
    }


def _read(value: Any) -> Any:
    """The same with every lazy sentence read now."""
    if isinstance(value, dict):
        return {name: _read(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_read(inner) for inner in value]
    return str(value) if isinstance(value, Promise | str) else value
