"""What each kind of event says, as a JSON Schema: `docs/events/` and the page about webhooks are made from it."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from api.examples import EXAMPLES
from api.fields import Schema
from api.objects import SCHEMAS
from api.objects.schema import INSTANT
from api.objects.webhooks import data_of

WHEN: Final[dict[str, str | Promise]] = {
    "payment.created": _("You asked for it."),
    "payment.processing": _("The customer approved; the issuer is being asked."),
    "payment.authorized": _("The issuer promised the amount. With manual capture it is yours to capture."),
    "payment.partially_captured": _("A part was captured; the rest still can be."),
    "payment.captured": _("Paid: deliver."),
    "payment.released": _("What was promised and not captured went back to the issuer."),
    "payment.capture_refused": _("The network did not take a capture that it had promised; see the status."),
    "payment.declined": _("The issuer said no; the status says whether another card may follow."),
    "payment.canceled": _("It ended before any capture."),
    "payment.expired": _("It ended because nobody approved, or captured, in time."),
    "refund.created": _("The refund began."),
    "refund.succeeded": _("The card network accepted the refund."),
    "refund.failed": _("The refund failed; the amount is yours again."),
    "grant.created": _("You asked for a permission."),
    "grant.approved": _("The customer gave the permission: you may charge within it."),
    "grant.declined": _("The customer does not give the permission now."),
    "grant.paused": _("The customer stopped the permission for a while."),
    "grant.resumed": _("The customer lets you charge again."),
    "grant.lowered": _("The customer lowered its limits."),
    "grant.card_changed": _("Another card of the customer pays from now on."),
    "grant.ended": _("It is over for good; ended_why says why."),
    "dispute.opened": _("The customer or the issuer contests a payment. Answer before respond_by."),
    "dispute.evidence_submitted": _("Your evidence went to the issuer."),
    "dispute.response_due": _("The time to answer is nearly over."),
    "dispute.updated": _("The case went on to another stage, or its facts changed."),
    "dispute.won": _("Decided for you: the amount is yours again."),
    "dispute.lost": _("Decided against you."),
    "dispute.accepted": _("You gave in."),
    "dispute.closed": _("The case is closed."),
    "fraud_report.received": _("The issuer or the customer reports a payment as fraud. No money moves by this."),
    "campaign.started": _("It runs: purchases earn its points."),
    "campaign.changed": _("It was scheduled for its first day, or its terms changed: a new version."),
    "campaign.paused": _("It was stopped for a while."),
    "campaign.exhausted": _("Its budget, or its number of purchases, is used up: it gives nothing more."),
    "campaign.ended": _("It is over."),
    "points_clearing.cut": _("A month is over, and its points are stated."),
}
"""When each kind of event is told."""


def event_schema(kind: str) -> dict[str, Any]:
    """The body of a webhook of this kind, with everything that it refers to inside."""
    data = data_of(kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://vaultpay.example/events/{kind}.json",
        "title": kind,
        "description": WHEN[kind],
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind},
            "timestamp": INSTANT,
            "data": _inside({"$ref": f"#/components/schemas/{data}"}),
        },
        "$defs": {name: _inside(SCHEMAS[name]) for name in _needed(data)},
        "examples": [{"type": kind, "timestamp": "2026-11-22T03:00:00.000Z", "data": EXAMPLES[data]}],
    }


def _inside(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: str(inner).replace("#/components/schemas/", "#/$defs/") if name == "$ref" else _inside(inner)
            for name, inner in schema.items()
        }
    return [_inside(inner) for inner in schema] if isinstance(schema, list) else schema


def _needed(name: str) -> list[str]:
    """The component and those that it refers to, each once."""
    found, waiting = [], [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            waiting += _references(SCHEMAS[one])
    return sorted(found)


def _references(schema: Schema | list[Any]) -> list[str]:
    parts = schema.values() if isinstance(schema, dict) else schema
    found = [schema["$ref"].rpartition("/")[2]] if isinstance(schema, dict) and "$ref" in schema else []
    return found + [name for part in parts if isinstance(part, dict | list) for name in _references(part)]
