"""Cases about payments, and what is given as evidence."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import (
    CURRENCY,
    INSTANT,
    LIVEMODE,
    MADE,
    VERSION,
    an_id,
    members,
    or_null,
    page_of,
    ref,
    said,
    text,
    whole,
    word,
)
from common.money import MOST_MINOR
from payments.evidence import ENDINGS
from payments.states import (
    MOST_EVIDENCE_FILE_BYTES,
    MOST_EVIDENCE_FILES,
    MOST_STATEMENT,
    AdviceStatus,
    CaseAnswerKind,
    DisputeOrigin,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
    FraudSource,
)

_DISPUTE_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("dsp"),
    "object": {"const": "dispute"},
    "livemode": LIVEMODE,
    "payment": said(an_id("pay"), _("The payment that is contested.")),
    "stage": said(word(DisputeStage), _("How far the case has gone.")),
    "status": said(word(DisputeStatus), _("Where it stands.")),
    "opened_by": word(DisputeOrigin),
    "reason": word(DisputeReason),
    "network_reason_code": said(or_null(text(10)), _("The card network’s own code of the reason.")),
    "network_case": said(or_null(text(40)), _("What the card network calls the case.")),
    "amount": said(whole(least=1), _("What is contested, in minor units.")),
    "amount_withheld": said(whole(), _("What you do not have while the case is open, or lost with it.")),
    "fee": said(whole(), _("What the case costs you; back when it is won.")),
    "balance_effect": said(
        {"type": "integer", "minimum": -2 * MOST_MINOR, "maximum": 0}, _("What all of this does to your balance.")
    ),
    "currency": CURRENCY,
    "respond_by": said(or_null(INSTANT), _("Until when evidence is taken.")),
    "closed_at": or_null(INSTANT),
    "closed_because": or_null(text(20)),
    "version": VERSION,
    "created_at": MADE,
}

DISPUTE_SNAPSHOT: Final = members(_DISPUTE_MEMBERS, _("A dispute as its events tell it: without what people wrote."))

EVIDENCE_FILE: Final = members(
    {
        "id": an_id("evd"),
        "object": {"const": "evidence_file"},
        "name": text(120),
        "media_type": said(word(ENDINGS), _("What its bytes are.")),
        "size_bytes": whole(MOST_EVIDENCE_FILE_BYTES, least=1),
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "created_at": MADE,
    },
    _("A file that was given as evidence."),
)

DISPUTE: Final = members(
    {
        **_DISPUTE_MEMBERS,
        "customer_message": said(or_null(text(MOST_STATEMENT)), _("What your customer wrote.")),
        "files": {"type": "array", "maxItems": MOST_EVIDENCE_FILES, "items": ref("EvidenceFile")},
        "answers": {
            "type": "array",
            "maxItems": len(DisputeStage),
            "items": members(
                {
                    "stage": word(DisputeStage),
                    "kind": word(CaseAnswerKind),
                    "status": said(word(AdviceStatus), _("Whether the card network has taken note.")),
                    "statement": or_null(text(MOST_STATEMENT)),
                    "carrier": or_null(text(100)),
                    "tracking_number": or_null(text(100)),
                    "shipped_on": or_null({"type": "string", "format": "date"}),
                    "refund": or_null(text(64)),
                    "files": {"type": "array", "maxItems": MOST_EVIDENCE_FILES, "items": an_id("evd")},
                    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "created_at": MADE,
                }
            ),
        },
    },
    _("A case that an issuer or a customer opened about a payment."),
)

FRAUD_REPORT: Final = members(
    {
        "id": an_id("frd"),
        "object": {"const": "fraud_report"},
        "livemode": LIVEMODE,
        "payment": an_id("pay"),
        "told_by": said(word(FraudSource), _("Who says that the card’s owner did not make this payment.")),
        "amount": whole(least=1),
        "currency": CURRENCY,
        "created_at": MADE,
    },
    _("A warning. No money moves by it."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Dispute": DISPUTE,
    "DisputeSnapshot": DISPUTE_SNAPSHOT,
    "DisputeList": page_of("Dispute"),
    "EvidenceFile": EVIDENCE_FILE,
    "FraudReport": FRAUD_REPORT,
}
