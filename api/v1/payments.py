"""Payments: ask for one, look at one, list them, take what was promised, or let go."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Amount, Boolean, Choice, Input, Instant, Integer, Metadata, NoInput, Schema, Text, Url
from api.idempotency import answer_of_claim, as_kept, idempotent, idempotent_or_at_once, rendered
from api.pages import ListQuery, cursor_of, list_json
from api.shapes import earned_by, payment_json
from api.views import MerchantView
from common import clock
from common.errors import Refusal
from common.money import Money
from common.states import TransitionRefused
from common.text import TextHidesSomething, TextMissing, TextTooLong
from events import services as events
from events.types import StoredAnswer
from payments import services as payments
from payments.errors import (
    AmountTooLarge,
    AmountTooSmall,
    CancelUrlNotRegistered,
    CaptureExceedsAuthorization,
    CurrencyNotAccepted,
    FactsTooLarge,
    GrantCardUnusable,
    GrantEnded,
    GrantExpired,
    GrantInUse,
    GrantLimitExceeded,
    GrantNotApproved,
    GrantNotFound,
    GrantPaused,
    GrantPeriodLimitExceeded,
    LifeNotPossible,
    MerchantNotOpen,
    PaymentNotFound,
    ReferenceUsed,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.queries import payment_of_merchant, payment_snapshot, payments_of_merchant
from payments.states import CaptureMethod, PaymentStatus
from payments.types import PaymentFilter

if TYPE_CHECKING:
    from payments.models import Payment

READ, WRITE = "payments:read", "payments:write"


_FOR_CHECKOUT: Final = ("return_url", "cancel_url", "expires_in")


class ItemInput(Input):
    name = Text(most=120)
    quantity = Integer(least=1, most=9_999)
    unit_amount = Integer(least=0, most=10**12, help_text=_("In minor units."))
    sku = Text(most=64, required=False, help_text=_("Your own number of the article. Points campaigns may name it."))
    category = Text(
        most=64, required=False, help_text=_("Your own word for this kind of goods. Points campaigns may name it.")
    )


class PaymentInput(Input):
    amount = Amount(help_text=_("In minor units: 12800 is ¥12,800."))
    currency = Choice(["JPY"])
    merchant_reference = Text(most=64, help_text=_("Your own order number. Unique for you, for ever."))
    description = Text(
        most=255, least=0, required=False, default="", help_text=_("What the customer reads beside the amount.")
    )
    items = serializers.ListField(
        child=ItemInput(),
        max_length=100,
        required=False,
        default=list,
        help_text=_("What is sold. The customer’s passkey signs it too."),
    )
    return_url = Url(
        required=False,
        default="",
        help_text=_("Where the customer comes back to; one of your registered return URLs. Not with a grant."),
    )
    cancel_url = Url(
        required=False, default="", help_text=_("Where the customer goes who does not want to pay after all.")
    )
    capture_method = Choice(
        [str(method) for method in CaptureMethod],
        required=False,
        default=str(CaptureMethod.AUTOMATIC),
        help_text=_("Captured at once, or when the shop says so."),
    )
    metadata = Metadata(required=False, default=dict, help_text=_("Kept and given back, never looked at."))
    expires_in = Integer(
        least=60,
        most=24 * 60 * 60,
        required=False,
        default=30 * 60,
        help_text=_("For how many seconds the customer may approve it."),
    )
    grant = Text(
        most=64,
        required=False,
        default="",
        help_text=_("Charge under this permission, server to server; nobody is sent anywhere."),
    )
    confirm = Boolean(
        required=False, default=False, help_text=_("With a grant, true: authorized, and captured, at once.")
    )

    default_error_messages = {
        "needed": _("Is needed here."),
        "not_with_grant": _("Has no place in a charge under a grant."),
        "with_grant_only": _("Only a charge under a grant is confirmed at once."),
    }

    def validate(self, attrs: Any) -> Any:
        """What is needed to send somebody to the checkout, and what is needed to charge without them."""
        wrong = {}
        if attrs["grant"]:
            wrong = {name: "not_with_grant" for name in _FOR_CHECKOUT if name in self.initial_data}
            wrong |= {} if attrs["confirm"] else {"confirm": "needed"}
        else:
            wrong = {} if attrs["return_url"] else {"return_url": "needed"}
            wrong |= {"confirm": "with_grant_only"} if attrs["confirm"] else {}
        if wrong:
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(str(self.error_messages[code]), code)] for name, code in wrong.items()}
            )
        return attrs

    @classmethod
    def schema(cls) -> Schema:
        never = {"not": {"anyOf": [{"required": [name]} for name in _FOR_CHECKOUT]}}
        return {
            **super().schema(),
            "if": {"required": ["grant"]},
            "then": {"required": ["confirm"], **never},
            "else": {"required": ["return_url"]},
        }


class CaptureInput(Input):
    amount = Amount(required=False, default=None, help_text=_("Left out: all that can be captured."))
    final = Boolean(
        required=False,
        default=False,
        help_text=_("You take no more: what is left goes back to the customer’s card at once."),
    )


PAYMENTS = ListQuery(
    prefix="pay",
    status=Choice([str(word) for word in PaymentStatus]),
    created_from=Instant(help_text=_("Made at this instant or later.")),
    created_before=Instant(help_text=_("Made before this instant.")),
    merchant_reference=Text(most=64, help_text=_("Your own order number, exactly.")),
)


def _facts(request: MerchantRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a payment is made of, whoever pays it."""
    return {
        "merchant_id": request.merchant.id,
        "amount": Money(asked["amount"], asked["currency"]),
        "merchant_reference": asked["merchant_reference"],
        "capture_method": CaptureMethod(asked["capture_method"]),
        "description": asked["description"],
        "items": asked["items"],
        "metadata": asked["metadata"],
        "by": request.actor,
        "now": clock.now(),
    }


def _charge_at_once(request: MerchantRequest, key: dict[str, Any]) -> HttpResponse | None:
    """An ordinary charge under a grant, with its idempotency key and the answer that is kept. None for all else."""
    if not isinstance(request.data, dict) or not request.data.get("grant"):
        return None
    try:
        asked = PaymentInput.read(request)
        charged = payments.charge_at_once(key=key, answering=_answer, grant_id=asked["grant"], **_facts(request, asked))
    except Refusal:
        return None  # the plain way says it, and keeps it where it is to be kept
    if charged is None:
        return None
    if charged.payment is None:
        return answer_of_claim(charged.claim, request)
    status, body = charged.answer or _answer(charged.payment, payment_snapshot(charged.payment))
    if charged.answer is None:
        events.finish_key_at_once(charged.claim, status=status, body=body, now=clock.now())
    return as_kept(StoredAnswer(status, body), spoken=request.spoken)


def _answer(payment: "Payment", snapshot: Mapping[str, Any]) -> tuple[int, bytes]:
    return HTTP_201_CREATED, rendered(payment_json(payment, snapshot=snapshot))


class Payments(MerchantView):
    """GET and POST /v1/payments."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List payments"), answer="PaymentList", query=PAYMENTS)
    def get(self, request: MerchantRequest) -> Response:
        asked = PAYMENTS.read(request)
        status = asked.filters.get("status")
        wanted = PaymentFilter(
            statuses=(status,) if status else (),
            created_from=asked.filters.get("created_from"),
            created_before=asked.filters.get("created_before"),
            reference=asked.filters.get("merchant_reference", ""),
        )
        page = payments_of_merchant(request.merchant.id, wanted=wanted, cursor=cursor_of(asked))
        shape = partial(payment_json, earned=earned_by(page.rows))
        return Response(list_json(request, asked, page.rows, shape, has_more=page.has_more))

    @described(
        _("Ask for a payment"),
        about=_(
            "Answers with a checkout_url: send the customer’s browser there. With a grant and confirm it is charged at "
            "once, within the customer’s limits, and the answer has its final status, or processing."
        ),
        body=PaymentInput,
        answer="Payment",
        status=HTTP_201_CREATED,
        refuses=(
            ReferenceUsed,
            RepeatDiffers,
            MerchantNotOpen,
            ReturnUrlNotRegistered,
            CancelUrlNotRegistered,
            CurrencyNotAccepted,
            AmountTooSmall,
            AmountTooLarge,
            GrantNotFound,
            GrantNotApproved,
            GrantPaused,
            GrantEnded,
            GrantExpired,
            GrantInUse,
            GrantLimitExceeded,
            GrantPeriodLimitExceeded,
            GrantCardUnusable,
            LifeNotPossible,
            FactsTooLarge,
            TextMissing,
            TextTooLong,
            TextHidesSomething,
        ),
        example={
            "amount": 12_800,
            "currency": "JPY",
            "merchant_reference": "order-1042",
            "items": [
                {"name": "Round glasses", "quantity": 1, "unit_amount": 12_800, "sku": "G-104", "category": "frames"}
            ],
            "return_url": "https://shop.example/return",
        },
    )
    @idempotent_or_at_once(_charge_at_once)
    def post(self, request: MerchantRequest) -> Response:
        asked = PaymentInput.read(request)
        facts = {"payment_id": request.effect_id("pay"), **_facts(request, asked)}
        if asked["grant"]:
            payment = payments.charge_grant(**facts, grant_id=asked["grant"])
        else:
            payment = payments.create_payment(
                **facts,
                return_url=asked["return_url"],
                cancel_url=asked["cancel_url"],
                expires_in_seconds=asked["expires_in"],
            )
        return Response(payment_json(payment), status=HTTP_201_CREATED)


def _as_it_is_now(request: MerchantRequest, payment_id: str) -> Response:
    payment = payment_of_merchant(request.merchant.id, payment_id)
    return Response(payment_json(payment, earned_by([payment])))


class OnePayment(MerchantView):
    """GET /v1/payments/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a payment"), answer="Payment", refuses=(PaymentNotFound,))
    def get(self, request: MerchantRequest, payment_id: str) -> Response:
        return _as_it_is_now(request, payment_id)


class CapturePayment(MerchantView):
    """POST /v1/payments/{id}/capture: take what the issuer promised."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Capture a payment"),
        about=_(
            "Takes what the issuer promised, all or a part, as often as something is left. Only for payments with "
            "manual capture."
        ),
        body=CaptureInput,
        answer="Payment",
        refuses=(PaymentNotFound, CaptureExceedsAuthorization, RepeatDiffers, TransitionRefused),
    )
    @idempotent
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        asked = CaptureInput.read(request)
        payment = payment_of_merchant(request.merchant.id, payment_id)
        payments.capture_payment(
            payment_id=payment.id,
            capture_id=request.effect_id("cap"),
            amount=None if asked["amount"] is None else Money(asked["amount"], payment.currency),
            final=asked["final"],
            by=request.actor,
            now=clock.now(),
        )
        return _as_it_is_now(request, payment_id)


class CancelPayment(MerchantView):
    """POST /v1/payments/{id}/cancel: end it before any money was taken, or what is left of it."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Cancel a payment"),
        about=_(
            "Ends it before any capture, or what is left of it after one: what was promised and not captured goes "
            "back to the issuer."
        ),
        body=NoInput,
        answer="Payment",
        refuses=(PaymentNotFound, TransitionRefused),
    )
    @idempotent
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        NoInput.read(request)
        payment = payment_of_merchant(request.merchant.id, payment_id)
        payments.cancel_payment(
            payment_id=payment.id,
            by=request.actor,
            now=clock.now(),
            first_asked_at=request.claim.claimed_at if request.claim.turn > 1 else None,
        )
        return _as_it_is_now(request, payment_id)
