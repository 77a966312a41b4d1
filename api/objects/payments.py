"""A payment and what belongs to it: the attempt, captures, refunds, receipts."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import (
    CURRENCY,
    INSTANT,
    LIVEMODE,
    MADE,
    METADATA,
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
from payments.card_check import Check, Outcome
from payments.declines import DECLINE_CODES, Advice
from payments.retries import Rule
from payments.states import (
    ApprovalKind,
    AuthorizationStatus,
    CaptureMethod,
    CaptureStatus,
    Initiator,
    PaymentStatus,
    ReceiptKind,
    RefundReason,
    RefundStatus,
)
from payments.three_ds import SHIFT_REASONS

CHECK_LINE: Final[Schema] = {
    "type": "object",
    "required": ["check", "outcome"],
    "properties": {
        "check": said(word(Check), _("What was looked at.")),
        "outcome": said(word(Outcome), _("What came of it.")),
        "kind": said(word(ApprovalKind), _("With “approval”: how the customer’s passkey signed.")),
        "security_code": said(text(12), _("With “card_verification”: what the issuer said about the security code.")),
        "rule": said(word(Rule), _("With “retries”: the card networks’ rule that stands against another try.")),
        "not_before": said(INSTANT, _("When time alone will have lifted it.")),
        "limit": said(text(20), _("With “grant_limits”: which one.")),
        "status": said(text(12), _("With “three_ds”: how it ended.")),
        "eci": said(text(2), _("With “three_ds”: the outcome code that went to the issuer.")),
        "version": said(text(12), _("With “three_ds”: of the protocol.")),
        "decline_code": said(word(sorted(DECLINE_CODES)), _("With “issuer”: why not.")),
    },
    "description": _("One thing that was checked before, or when, the issuer was asked."),
}

THREE_DS: Final = members(
    {
        "status": said(or_null(text(1)), _("The protocol’s transStatus: Y, A, N, R, U or I; C or D while it waits.")),
        "eci": said(or_null(text(2)), _("The outcome code that went into the authorization.")),
        "version": said(or_null(text(8)), _("Of the protocol.")),
        "liability_shift_claimed": said({"type": "boolean"}, _("Whether the issuer’s word claims liability for it.")),
        "liability_shift_conditions_met": said(
            {"type": "boolean"}, _("Whether the conditions are met as far as we can see. No promise of the network.")
        ),
        "reasons": said(
            {"type": "array", "maxItems": 8, "items": word(sorted(SHIFT_REASONS))}, _("What is missing, in codes.")
        ),
    },
    _("3-D Secure. Our passkey alone moves no liability: only the issuer’s word does, and only on conditions."),
)

AUTHORIZATION: Final = members(
    {
        "id": an_id("auth"),
        "status": said(word(AuthorizationStatus), _("What became of this attempt.")),
        "decline_code": said(or_null(word(sorted(DECLINE_CODES))), _("Why not, in a stable, neutral word.")),
        "decline_advice": said(or_null(word(Advice)), _("What may be tried next.")),
        "retry_after": said(
            or_null(INSTANT), _("Earlier tries of this card at this amount are refused; then it may be tried again.")
        ),
        "initiator": said(word(Initiator), _("Who began it: the customer, or your shop under a grant.")),
        "card_check": said(
            {"type": "array", "maxItems": len(Check), "items": ref("CheckLine")},
            _("Everything that was checked, in codes."),
        ),
        "network_reference": said(or_null(text(40)), _("What the card network calls it.")),
        "three_ds": said(or_null(ref("ThreeDS")), _("What 3-D Secure said; null when it was not asked, or not yet.")),
    },
    _("One question to the card’s issuer, and the answer."),
)

CAPTURE: Final = members(
    {
        "id": an_id("cap"),
        "object": {"const": "capture"},
        "amount": said(whole(least=1), _("In minor units, points included.")),
        "points_redeemed": said(whole(), _("The part that the customer paid with points.")),
        "amount_refunded": said(whole(), _("What was given back of it, refunds on their way included.")),
        "final": said({"type": "boolean"}, _("The shop said that it takes no more.")),
        "status": said(word([CaptureStatus.BOOKED, CaptureStatus.ACKNOWLEDGED]), _("Whether the network has it too.")),
        "created_at": MADE,
    },
    _("A promise, or a part of it, turned into money owed to the shop. One that the network refused is not shown."),
)

ITEM: Final[Schema] = {
    "type": "object",
    "required": ["name", "quantity", "unit_amount"],
    "properties": {
        "name": text(120),
        "quantity": whole(9_999, least=1),
        "unit_amount": said(whole(), _("In minor units.")),
        "sku": said(text(64), _("Your own number of the article, if you named it.")),
        "category": said(text(64), _("Your own word for this kind of goods, if you named it.")),
    },
    "description": _("One line of what is sold."),
}

_PAYMENT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("pay"),
    "object": {"const": "payment"},
    "livemode": LIVEMODE,
    "status": said(word(PaymentStatus), _("Where the payment stands. Deliver when it is “captured”.")),
    "amount": said(whole(least=1), _("In minor units: 12800 is ¥12,800.")),
    "currency": CURRENCY,
    "amount_capturable": said(whole(), _("What can still be captured.")),
    "amount_captured": said(whole(), _("What was captured so far.")),
    "amount_released": said(whole(), _("What was promised and will never be captured.")),
    "amount_refunded": said(whole(), _("What was given back, refunds on their way included.")),
    "amount_disputed": said(whole(), _("What issuers took back in disputes that are open or lost.")),
    "points_redeemed": said(whole(), _("The part that the customer paid with points; it counts from the capture on.")),
    "capture_method": said(word(CaptureMethod), _("Captured at once, or when the shop says so.")),
    "capture_before": said(or_null(INSTANT), _("Until when the issuer’s promise can be captured.")),
    "merchant_reference": said(text(64), _("Your own order number. Unique for you, for ever.")),
    "description": said(text(255), _("What the customer reads beside the amount.")),
    "items": {
        "type": "array",
        "maxItems": 100,
        "items": ref("Item"),
    },
    "return_url": said(text(2_000), _("Where the customer comes back to. A return proves nothing: ask the API.")),
    "cancel_url": said(or_null(text(2_000)), _("Where the customer goes who does not want to pay after all.")),
    "expires_at": said(INSTANT, _("Until when somebody may approve it.")),
    "grant": said(or_null(an_id("grt")), _("The customer’s permission under which it was charged.")),
    "latest_authorization": said({"anyOf": [ref("Authorization"), {"type": "null"}]}, _("The last attempt, if any.")),
    "captures": said({"type": "array", "items": ref("Capture")}, _("Oldest first.")),
    "card": said(
        or_null(members({"brand": text(16), "last4": {"type": "string", "pattern": "^[0-9]{4}$"}})),
        _("For your receipt; the number is never shown."),
    ),
    "metadata": said(METADATA, _("Kept and given back, never looked at.")),
    "version": VERSION,
    "created_at": MADE,
}

PAYMENT_SNAPSHOT: Final = members(_PAYMENT_MEMBERS, _("A payment as its events tell it."))

PAYMENT: Final = members(
    {
        **_PAYMENT_MEMBERS,
        "points_earned": said(
            or_null(
                members(
                    {
                        "pending": said(whole(), _("Given, and not spendable before the return window is over.")),
                        "live": said(whole(), _("Spendable since then, whatever the customer did with them.")),
                        "taken_back": said(whole(), _("Gone with refunds.")),
                    }
                )
            ),
            _("What your points for it have become. Null until all its captures were counted, a moment later."),
        ),
        "checkout_url": said(
            or_null({**text(2_000), "format": "uri"}),
            _("Send the customer’s browser there. A charge under a grant has none."),
        ),
    },
    _("A payment, from the wish to the last refund."),
)

REFUND: Final = members(
    {
        "id": an_id("ref"),
        "object": {"const": "refund"},
        "livemode": LIVEMODE,
        "payment": said(an_id("pay"), _("Whose money goes back.")),
        "amount": said(whole(least=1), _("In minor units, points included.")),
        "currency": CURRENCY,
        "points_returned": said(whole(), _("The part that goes back as points.")),
        "captures": said(
            {"type": "array", "items": members({"capture": an_id("cap"), "amount": whole(least=1)})},
            _("How much of which capture goes back."),
        ),
        "reason": word(RefundReason),
        "status": said(word(RefundStatus), _("A pending refund resolves by itself.")),
        "failure_code": said(or_null(text(64)), _("Why the network refused it.")),
        "created_at": MADE,
    },
    _("Captured money on its way back."),
)

RECEIPT: Final = members(
    {
        "id": an_id("rct"),
        "object": {"const": "receipt"},
        "livemode": LIVEMODE,
        "payment": an_id("pay"),
        "kind": word(ReceiptKind),
        "about": said(text(40), _("The capture or refund that it states, or the end of a dispute.")),
        "jws": said(
            {**text(32_768), "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$"},
            _("The signed statement. Keep it: it proves itself, with the public key alone."),
        ),
        "created_at": said(INSTANT, _("When it was signed.")),
    },
    _("A signed statement that an amount was taken or given back."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Payment": PAYMENT,
    "PaymentSnapshot": PAYMENT_SNAPSHOT,
    "PaymentList": page_of("Payment"),
    "Authorization": AUTHORIZATION,
    "CheckLine": CHECK_LINE,
    "Item": ITEM,
    "ThreeDS": THREE_DS,
    "Capture": CAPTURE,
    "Refund": REFUND,
    "RefundList": page_of("Refund"),
    "Receipt": RECEIPT,
    "ReceiptList": page_of("Receipt"),
}
