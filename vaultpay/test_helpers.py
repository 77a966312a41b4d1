"""Calls below /v1/test_helpers that only a sandbox has: approve a payment or a grant as a demo person, be the issuer of
a dispute, break the card network, and set the clock forward.
"""

from typing import Any, Final

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from accounts.errors import CardBeingForgotten, CardNotFound, CustomerNotFound
from accounts.queries import customer_by_id, default_card
from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Amount, Boolean, Choice, Input, Integer, Text
from api.shapes import dispute_json, grant_json, payment_json
from api.views import MerchantView
from common import clock
from common.actors import Actor
from common.money import MOST_MINOR, Money, pts
from common.states import TransitionRefused
from payments import services as payments
from payments.errors import (
    ApprovalRefused,
    CardExpired,
    CardFrozen,
    CardNotUsable,
    CardPartTooSmall,
    DisputeNotFound,
    GrantDayNotPossible,
    GrantLimitsNotPossible,
    GrantNotFound,
    GrantRequestExpired,
    MerchantNotOpen,
    NoPaymentPasskey,
    PaymentExpired,
    PaymentNotFound,
    PointsNotPossible,
    StoppedByRule,
    TooManyOffers,
)
from payments.queries import dispute_of_merchant, grant_of_merchant, payment_of_merchant
from points.errors import NotEnoughPoints
from vaultpay.demo_passkeys import software_passkey_of
from vaultpay.played_network import REASON_CODES, NetworkNotPlayed, ask_network, heard_of, open_case

MOST_SECONDS: Final = 366 * 24 * 60 * 60
MOST_FAULT_SECONDS: Final = 3_600


class ApproveInput(Input):
    customer = Text(most=64)
    card = Text(most=64, required=False, default=None)
    points = Integer(least=0, most=MOST_MINOR, required=False, default=0)


class ApproveGrantInput(Input):
    customer = Text(most=64)
    card = Text(most=64, required=False, default=None)
    limit_per_payment = Amount(required=False, default=None)
    limit_per_period = Amount(required=False, default=None)


class AdvanceInput(Input):
    seconds = Integer(least=0, most=MOST_SECONDS)


class ApprovePayment(MerchantView):
    """POST /v1/test_helpers/payments/{id}/approve: what the approval page does, with a software passkey.

    The challenge, the details and the verification are the real ones. Without `card`, the customer's default card pays
    what points do not.
    """

    permission_classes = (needs_scope(write="payments:write"),)

    @described(
        _("Approve as a demo person"),
        about=_("With a software passkey, and through the very same checks."),
        body=ApproveInput,
        answer="Payment",
        refuses=(
            PaymentNotFound,
            CustomerNotFound,
            CardNotFound,
            CardBeingForgotten,
            NotEnoughPoints,
            PointsNotPossible,
            CardPartTooSmall,
            CardNotUsable,
            CardFrozen,
            CardExpired,
            StoppedByRule,
            MerchantNotOpen,
            PaymentExpired,
            TooManyOffers,
            NoPaymentPasskey,
            ApprovalRefused,
            TransitionRefused,
        ),
        example={"customer": "cus_01kb1tqg00e7xk4v2m9q8z5n3j", "points": 0},
    )
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        asked = ApproveInput.read(request)
        now = clock.now()
        payment = payment_of_merchant(request.merchant.id, payment_id)
        customer = customer_by_id(asked["customer"])
        passkey = software_passkey_of(customer.id, now=now)
        offer = payments.offer_approval(
            payment_id=payment.id,
            customer_id=customer.id,
            card_id="" if asked["points"] == payment.amount_minor else asked["card"] or _default_card_id(customer.id),
            points=pts(asked["points"]),
            proved=True,
            now=now,
        )
        payments.approve_payment(
            payment_id=payment.id,
            customer_id=customer.id,
            challenge_id=offer.challenge_id,
            assertion=passkey.get(offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=customer.id.encode()),
            by=Actor(customer.id),
            now=now,
        )
        return Response(payment_json(payment_of_merchant(request.merchant.id, payment_id)))


class ApproveGrant(MerchantView):
    """POST /v1/test_helpers/grants/{id}/approve: the same for a grant; the limits may be lowered on the way."""

    permission_classes = (needs_scope(write="grants:write"),)

    @described(
        _("Approve a grant as a demo person"),
        about=_("With a software passkey, and through the very same checks."),
        body=ApproveGrantInput,
        answer="Grant",
        refuses=(
            GrantNotFound,
            CustomerNotFound,
            CardNotFound,
            CardBeingForgotten,
            CardNotUsable,
            CardFrozen,
            CardExpired,
            StoppedByRule,
            GrantLimitsNotPossible,
            GrantDayNotPossible,
            GrantRequestExpired,
            MerchantNotOpen,
            TooManyOffers,
            NoPaymentPasskey,
            ApprovalRefused,
            TransitionRefused,
        ),
        example={"customer": "cus_01kb1tqg00e7xk4v2m9q8z5n3j"},
    )
    def post(self, request: MerchantRequest, grant_id: str) -> Response:
        asked = ApproveGrantInput.read(request)
        now = clock.now()
        grant = grant_of_merchant(request.merchant.id, grant_id)
        customer = customer_by_id(asked["customer"])
        passkey = software_passkey_of(customer.id, now=now)
        limits: dict[str, Any] = {
            name: Money(asked[name], grant.currency)
            for name in ("limit_per_payment", "limit_per_period")
            if asked[name] is not None
        }
        offer = payments.offer_grant_approval(
            grant_id=grant.id,
            customer_id=customer.id,
            card_id=asked["card"] or _default_card_id(customer.id),
            now=now,
            **limits,
        )
        payments.approve_grant(
            grant_id=grant.id,
            customer_id=customer.id,
            challenge_id=offer.challenge_id,
            assertion=passkey.get(offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=customer.id.encode()),
            by=Actor(customer.id),
            now=now,
        )
        return Response(grant_json(grant_of_merchant(request.merchant.id, grant_id), now=now))


class DisputeInput(Input):
    stage = Choice(["inquiry", "chargeback"], required=False, default="chargeback")
    reason = Choice(sorted(REASON_CODES), required=False, default="fraudulent")
    amount = Amount(required=False, default=None, help_text=_("Left out: all that was captured by card."))


class OutcomeInput(Input):
    outcome = Choice(["won", "lost", "closed", "pre_arbitration"])


class DisputePayment(MerchantView):
    """POST /v1/test_helpers/payments/{id}/dispute: the network's issuer opens a case, and we hear of it on the link."""

    permission_classes = (needs_scope(write="disputes:write"),)

    @described(
        _("Open a dispute as the issuer"),
        about=_("Right after a charge it waits until the network has heard of the capture."),
        body=DisputeInput,
        answer="Dispute",
        status=status.HTTP_201_CREATED,
        refuses=(PaymentNotFound, NetworkNotPlayed),
        example={"stage": "chargeback", "reason": "not_received"},
    )
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        asked = DisputeInput.read(request)
        payment = payment_of_merchant(request.merchant.id, payment_id)
        amount = {} if asked["amount"] is None else {"amount": asked["amount"]}
        case = open_case(payment, {"stage": asked["stage"], "reason": REASON_CODES[asked["reason"]], **amount})
        dispute = heard_of(request.merchant.id, case_ref=case["reference"])
        return Response(dispute_json(dispute), status=status.HTTP_201_CREATED)


class CloseDispute(MerchantView):
    """POST /v1/test_helpers/disputes/{id}/close: the network's issuer decides now."""

    permission_classes = (needs_scope(write="disputes:write"),)

    @described(
        _("Decide a dispute as the issuer"),
        body=OutcomeInput,
        answer="Dispute",
        refuses=(DisputeNotFound, NetworkNotPlayed),
        example={"outcome": "won"},
    )
    def post(self, request: MerchantRequest, dispute_id: str) -> Response:
        asked = OutcomeInput.read(request)
        dispute = dispute_of_merchant(request.merchant.id, dispute_id)
        ask_network(f"cases/{dispute.case_ref}/close", asked)
        return Response(
            dispute_json(heard_of(request.merchant.id, case_ref=dispute.case_ref, after_version=dispute.version))
        )


class FaultsInput(Input):
    drop_links = Boolean(required=False, default=False, help_text=_("Hang up on all links, as a cut cable does."))
    silence_seconds = Integer(
        least=0, most=MOST_FAULT_SECONDS, required=False, default=None, help_text=_("For so long nothing is answered.")
    )
    refuse_links_seconds = Integer(
        least=0, most=MOST_FAULT_SECONDS, required=False, default=None, help_text=_("For so long no link is taken.")
    )
    heal = Boolean(
        required=False, default=None, help_text=_("End all that test cards play too, as long as it is true.")
    )


class NetworkFaults(MerchantView):
    """POST /v1/test_helpers/network/faults: the card network misbehaves, for all shops of this sandbox."""

    permission_classes = (needs_scope(write="payments:write"),)

    @described(
        _("Break the card network, or heal it"),
        about=_("For all shops of the sandbox. Left out, a fault stays as it is; the answer says how things stand."),
        body=FaultsInput,
        answer="NetworkFaults",
        refuses=(NetworkNotPlayed,),
        example={"silence_seconds": 30},
    )
    def post(self, request: MerchantRequest) -> Response:
        asked = {name: value for name, value in FaultsInput.read(request).items() if value is not None}
        return Response({"object": "network_faults", **ask_network("faults", asked)})


class AdvanceClock(MerchantView):
    """POST /v1/test_helpers/clock/advance: set the clock of the whole instance forward; it never goes back."""

    permission_classes = (needs_scope(write="payments:write"),)

    @described(_("Set the clock forward"), body=AdvanceInput, answer="Clock", example={"seconds": 3_600})
    def post(self, request: MerchantRequest) -> Response:
        asked = AdvanceInput.read(request)
        offset = clock.advance(asked["seconds"])
        body = {"object": "clock", "offset_seconds": int(offset.total_seconds()), "now": clock.now().isoformat()}
        return Response(body)


def _default_card_id(customer_id: str) -> str:
    card = default_card(customer_by_id(customer_id), now=clock.now())
    if card is None:
        raise CardNotFound
    return card.id


urlpatterns = [
    path("payments/<str:payment_id>/dispute", DisputePayment.as_view(), name="test_helper_dispute"),
    path("disputes/<str:dispute_id>/close", CloseDispute.as_view(), name="test_helper_dispute_close"),
    path("payments/<str:payment_id>/approve", ApprovePayment.as_view(), name="test_helper_approve"),
    path("grants/<str:grant_id>/approve", ApproveGrant.as_view(), name="test_helper_approve_grant"),
    path("network/faults", NetworkFaults.as_view(), name="test_helper_faults"),
    path("clock/advance", AdvanceClock.as_view(), name="test_helper_clock"),
]
