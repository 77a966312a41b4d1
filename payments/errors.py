"""The refusals of this room.

Refusal
├── PaymentNotFound · RefundNotFound · ReceiptNotFound                    what is asked about
├── ReturnUrlNotRegistered · CancelUrlNotRegistered · ReferenceUsed · MerchantNotOpen · CurrencyNotAccepted
│   AmountTooSmall · AmountTooLarge · LifeNotPossible · FactsTooLarge     creating
├── ApprovalRefused                                                       one outward code for whatever does not hold
│   └── ChallengeNotOpen · DetailsChanged
├── StoppedByRule                                                         a rule of the customer's own
├── PaymentExpired · TooManyOffers · CardPartTooSmall · PointsNotPossible · PointsNeedProof
│   NoPaymentPasskey · CardNeeded                                                approving
├── CardNotUsable
│   └── CardFrozen · CardExpired · CardClosed · CardNotToBeTried · CardNotToBeTriedYet
├── TooManyDeclines                                                       card testing
├── RepeatDiffers                                                         an id given again with another question
├── GrantNotFound · GrantReferenceUsed · GrantLimitsNotPossible · GrantDayNotPossible · GrantRequestExpired   grants
├── GrantRefused                                                          a charge that the grant does not allow
│   ├── GrantNotApproved · GrantPaused · GrantEnded · GrantExpired · GrantInUse
│   └── GrantLimitExceeded · GrantPeriodLimitExceeded · GrantCardUnusable
├── CaptureExceedsAuthorization · CaptureNotFound · RefundExceedsCaptured · NothingToRefund     capturing, refunding
├── DisputeNotFound · EvidenceFileNotFound · DisputeDeadlinePassed · InquiryHasNothingToAccept · AlreadyAnswered
│   EvidenceEmpty · ProblemNotPossible · ProblemAlreadyReported · ProblemReportedTooOften   disputes
└── EvidenceFileRefused                                                   a file that we do not keep
    └── EvidenceTypeNotAccepted · EvidenceTypeDiffers · EvidenceTooLarge · EvidenceTooMany
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal
from common.money import Money
from payments.rules import rule_sentence


class PaymentNotFound(Refusal):
    code, kind = "payment_not_found", Kind.NOT_FOUND
    message = _("There is no such payment.")


class RefundNotFound(Refusal):
    code, kind = "refund_not_found", Kind.NOT_FOUND
    message = _("There is no such refund.")


class ReceiptNotFound(Refusal):
    """There is none yet, or the payment is not theirs: the same answer on purpose."""

    code, kind = "receipt_not_found", Kind.NOT_FOUND
    message = _("There is no receipt for this payment yet.")


class ReturnUrlNotRegistered(Refusal):
    code, kind, field = "return_url_not_registered", Kind.RULE, "return_url"
    message = _("This return URL is not registered for any of your shops: {url}")


class CancelUrlNotRegistered(Refusal):
    """A cancel URL is registered itself, or lies on the origin of the shop that the return URL belongs to."""

    code, kind, field = "cancel_url_not_registered", Kind.RULE, "cancel_url"
    message = _("This cancel URL does not belong to the shop of the return URL: {url}")


class ReferenceUsed(Refusal):
    """`payment_id` names the first payment with this merchant reference. References are unique for ever."""

    code, kind, field = "merchant_reference_used", Kind.STATE, "merchant_reference"
    message = _("You already used this reference for payment {payment_id}.")


class MerchantNotOpen(Refusal):
    code, kind = "merchant_not_open", Kind.RULE
    message = _("This shop cannot take new payments at the moment.")


class CurrencyNotAccepted(Refusal):
    code, kind, field = "currency_not_accepted", Kind.RULE, "currency"
    message = _("Payments in {currency} are not accepted.")


class AmountTooSmall(Refusal):
    code, kind, field = "amount_too_small", Kind.RULE, "amount"
    message = _("The smallest amount is {least}.")

    def __init__(self, *, least: Money) -> None:
        super().__init__(least=least)


class AmountTooLarge(Refusal):
    code, kind, field = "amount_too_large", Kind.RULE, "amount"
    message = _("The largest amount is {most}.")

    def __init__(self, *, most: Money) -> None:
        super().__init__(most=most)


class LifeNotPossible(Refusal):
    code, kind, field = "expiry_not_possible", Kind.RULE, "expires_in_seconds"
    message = _("A payment can wait between {least_seconds} and {most_seconds} seconds for its approval.")


class FactsTooLarge(Refusal):
    """Description, items and metadata travel in every webhook, so together they have a limit."""

    code, kind = "facts_too_large", Kind.RULE
    message = _("Description, items and metadata are longer than {most_bytes} bytes together.")


class PaymentExpired(Refusal):
    code, kind = "payment_expired", Kind.STATE
    message = _("The time to approve this payment is over. Please start again in the shop.")


class ApprovalRefused(Refusal):
    """One outward code for everything that does not hold: who tries to forge an approval learns nothing from us."""

    code, kind = "approval_refused", Kind.FORBIDDEN
    message = _("The approval could not be verified. Please try again.")


class ChallengeNotOpen(ApprovalRefused):
    """Used, voided by a newer one, over its time or its tries, or not this customer's."""


class DetailsChanged(ApprovalRefused):
    """What the row says now is not what was signed."""


class TooManyOffers(Refusal):
    code, kind = "too_many_offers", Kind.LIMITED
    message = _("This payment was opened too often. Please start again in the shop.")


class NoPaymentPasskey(Refusal):
    code, kind = "no_payment_passkey", Kind.RULE
    message = _("You need a payment passkey to approve payments.")


class CardNotUsable(Refusal):
    """`reason` is frozen, expired or removed."""

    code, kind = "card_not_usable", Kind.RULE
    message = _("This card cannot be used now. Please choose another card.")


class CardFrozen(CardNotUsable):
    code = "card_frozen"
    message = _("This card is frozen. Unfreeze it, or choose another card.")


class CardExpired(CardNotUsable):
    code = "card_expired"
    message = _("This card has expired. Please choose another card.")


class StoppedByRule(Refusal):
    """`rule` names the customer's own rule, `figures` are its facts. Only the customer ever reads them."""

    code, kind = "stopped_by_rule", Kind.RULE
    message = _("One of your own rules stands against this payment.")

    def __init__(self, *, rule: str, figures: Mapping[str, str | int]) -> None:
        super().__init__(rule=rule, figures=figures)

    def __str__(self) -> str:
        return rule_sentence(self.facts["rule"], self.facts["figures"])


class CardClosed(CardNotUsable):
    """Its issuer said, at an earlier payment, that it is never to be used again. Why is not told."""

    code = "card_closed"
    message = _("The card company has told us that this card can no longer be used. Please choose another card.")


class CardNotToBeTried(CardNotUsable):
    """After a no that forbids another try with this card here: the networks' rules, which time does not lift."""

    code = "card_not_to_be_tried"
    message = _("The card company does not allow this card to be tried again here. Please choose another card.")


class CardNotToBeTriedYet(CardNotUsable):
    """The same, but time will lift it."""

    code = "card_not_to_be_tried_yet"
    message = _("This card can be tried here again from {not_before}. Please choose another card.")

    def __init__(self, *, not_before: datetime) -> None:
        super().__init__(not_before=date_format(localtime(not_before), "DATETIME_FORMAT"))


class TooManyDeclines(Refusal):
    """So many noes in so short a time that it looks like somebody trying out cards."""

    code, kind = "too_many_declines", Kind.LIMITED
    message = _("Too many payments were declined in a short time. Please try again later.")


class CardPartTooSmall(Refusal):
    code, kind, field = "card_part_too_small", Kind.RULE, "points"
    message = _("The card pays nothing or at least {least}. Please use fewer points, or points for all of it.")

    def __init__(self, *, least: Money) -> None:
        super().__init__(least=least)


class CardNeeded(Refusal):
    """No card was named, and points do not pay all of it."""

    code, kind, field = "card_needed", Kind.RULE, "card"
    message = _("Please choose a card for what your points do not pay.")


class PointsNotPossible(Refusal):
    code, kind, field = "points_not_possible", Kind.INVALID, "points"
    message = _("Points are a whole number, at least 0 and at most the amount.")


class PointsNeedProof(Refusal):
    """So many points at once are spent only by somebody who has just proved who they are. The door leads there."""

    code, kind, field = "points_need_proof", Kind.FORBIDDEN, "points"
    message = _("Please confirm that it is you before so many points are used.")


class RepeatDiffers(Refusal):
    """The id was used before for another question."""

    code, kind = "payment_repeat_differs", Kind.STATE
    message = _("This was asked before with other values.")


class CaptureExceedsAuthorization(Refusal):
    code, kind, field = "capture_exceeds_authorization", Kind.RULE, "amount"
    message = _("You can capture at most {available}.")

    def __init__(self, *, available: Money) -> None:
        super().__init__(available=available)


class CaptureNotFound(Refusal):
    """Not a capture of this payment, or one that the network refused."""

    code, kind, field = "capture_not_found", Kind.RULE, "capture"
    message = _("This payment has no such capture.")


class RefundExceedsCaptured(Refusal):
    code, kind, field = "refund_exceeds_captured", Kind.RULE, "amount"
    message = _("You can refund at most {available}.")

    def __init__(self, *, available: Money) -> None:
        super().__init__(available=available)


class NothingToRefund(Refusal):
    """Refunded already, or being refunded."""

    code, kind = "nothing_to_refund", Kind.RULE
    message = _("There is nothing left to refund.")


class GrantNotFound(Refusal):
    code, kind = "grant_not_found", Kind.NOT_FOUND
    message = _("There is no such grant.")


class GrantReferenceUsed(Refusal):
    """`grant_id` names the first grant with this merchant reference. References are unique for ever."""

    code, kind, field = "grant_reference_used", Kind.STATE, "merchant_reference"
    message = _("You already used this reference for grant {grant_id}.")


class GrantLimitsNotPossible(Refusal):
    """Limits are positive, a limit per period is at least the one per payment, and nobody but the shop raises them."""

    code, kind = "grant_limits_not_possible", Kind.RULE
    message = _("These limits are not possible: they can only be lowered, and the one per period is the larger one.")


class GrantDayNotPossible(Refusal):
    code, kind, field = "grant_day_not_possible", Kind.RULE, "until"
    message = _("The last day lies between today and {latest}.")


class GrantRequestExpired(Refusal):
    code, kind = "grant_request_expired", Kind.STATE
    message = _("The time to answer this request is over. Please start again in the shop.")


class GrantRefused(Refusal):
    """Base of all noes to a charge. Nothing was sent, and nothing counts."""

    code, kind, field = "grant_refused", Kind.RULE, "grant"
    message = _("This grant does not allow the payment.")


class GrantNotApproved(GrantRefused):
    code = "grant_not_approved"
    message = _("The customer has not approved this grant yet.")


class GrantPaused(GrantRefused):
    code = "grant_paused"
    message = _("The customer has paused this grant.")


class GrantEnded(GrantRefused):
    """Used, ended by somebody, or never approved: it is over for good."""

    code = "grant_ended"
    message = _("This grant has ended.")


class GrantExpired(GrantRefused):
    code = "grant_expired"
    message = _("The last day of this grant is over.")


class GrantInUse(GrantRefused):
    code = "grant_in_use"
    message = _("This grant is for one payment, and one is already being made with it.")


class GrantLimitExceeded(GrantRefused):
    code, field = "grant_limit_exceeded", "amount"
    message = _("One payment with this grant may be at most {limit}.")

    def __init__(self, *, limit: Money) -> None:
        super().__init__(limit=limit)


class GrantPeriodLimitExceeded(GrantRefused):
    code, field = "grant_period_limit_exceeded", "amount"
    message = _("In this period, at most {left} is left of this grant.")

    def __init__(self, *, left: Money) -> None:
        super().__init__(left=left)


class GrantCardUnusable(GrantRefused):
    """Removed, frozen or expired: the customer has been asked to choose another card."""

    code = "grant_card_unusable"
    message = _("The card of this grant cannot be used. The customer has to choose another one.")


class DisputeNotFound(Refusal):
    code, kind = "dispute_not_found", Kind.NOT_FOUND
    message = _("There is no such dispute.")


class EvidenceFileNotFound(Refusal):
    code, kind = "evidence_file_not_found", Kind.NOT_FOUND
    message = _("There is no such file.")


class DisputeDeadlinePassed(Refusal):
    """Half-open: at `respond_by` itself it is too late."""

    code, kind = "dispute_deadline_passed", Kind.STATE
    message = _("The time to respond to this dispute is over.")


class InquiryHasNothingToAccept(Refusal):
    code, kind = "inquiry_cannot_be_accepted", Kind.RULE
    message = _("No money has moved in an inquiry. To give in, refund the payment.")


class AlreadyAnswered(Refusal):
    """One answer at each stage. `answer_id` names it."""

    code, kind = "dispute_already_answered", Kind.STATE
    message = _("This dispute was answered already.")


class EvidenceEmpty(Refusal):
    code, kind = "evidence_empty", Kind.RULE
    message = _("Evidence needs a statement or at least one file.")


class ProblemNotPossible(Refusal):
    """Nothing was taken, so there is nothing to report; cancelling is the way then."""

    code, kind = "problem_not_possible", Kind.RULE
    message = _("This can be reported once the shop has taken the amount.")


class ProblemAlreadyReported(Refusal):
    code, kind = "problem_already_reported", Kind.STATE
    message = _("You have already reported this payment. Its state stands on this page.")


class ProblemReportedTooOften(Refusal):
    code, kind = "problem_reported_too_often", Kind.RULE
    message = _(
        "This payment was reported to the shop several times. Please write to the shop, or ask your card company."
    )


class EvidenceFileRefused(Refusal):
    """A file that we do not keep."""

    kind, field = Kind.RULE, "file"


class EvidenceTypeNotAccepted(EvidenceFileRefused):
    """Decided by the bytes: not one of the four types, damaged, followed by something else, or able to act."""

    code = "evidence_type_not_accepted"
    message = _("Only whole PDF, PNG, JPEG and plain text files are kept, without scripts or attachments inside.")


class EvidenceTypeDiffers(EvidenceFileRefused):
    code = "evidence_type_differs"
    message = _("The name of this file says something else than its content.")


class EvidenceTooLarge(EvidenceFileRefused):
    code = "evidence_too_large"
    message = _("A file may have at most {most_mib} MiB, and all files of a dispute {most_mib_together} MiB.")


class EvidenceTooMany(EvidenceFileRefused):
    code = "evidence_too_many"
    message = _("A dispute takes at most {most} files.")
