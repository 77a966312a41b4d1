"""The states of a payment and of its parts, and which verb leads from which to which.

The tables are the only copy: the README's drawing is made from them, and every move goes through them.
"""

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PaymentStatus(models.TextChoices):
    REQUIRES_APPROVAL = "requires_approval", _("Requires approval")
    """It waits for a customer's yes, the first one or another one after a decline; until `expires_at`."""
    PROCESSING = "processing", _("Processing")
    """The issuer has been asked. While the outcome is unknown it stays here, and nobody is told that it failed."""
    AUTHORIZED = "authorized", _("Authorized")
    """The issuer promised the amount. Nothing has moved; the shop may capture until `capture_before`."""
    PARTIALLY_CAPTURED = "partially_captured", _("Partly captured")
    """A part is owed to the merchant. The rest may still be captured until `capture_before`, unless it was released."""
    CAPTURED = "captured", _("Captured")
    """The whole amount is owed to the merchant, and the books say so. Refunds are objects of their own."""
    CANCELED = "canceled", _("Canceled")
    """Ended with nothing taken, by the customer or the shop. What was promised goes back to the issuer."""
    DECLINED = "declined", _("Declined")
    """The issuer said no, and no attempt or no time is left."""
    EXPIRED = "expired", _("Expired")
    """Nobody approved, or nobody captured, while there was time."""


class CaptureMethod(models.TextChoices):
    AUTOMATIC = "automatic", _("Automatic")
    """Captured in the commit that writes the issuer's promise."""
    MANUAL = "manual", _("Manual")
    """Captured when the shop says so, for instance when the goods leave."""


class AuthorizationStatus(models.TextChoices):
    AUTHENTICATING = "authenticating", _("Authenticating")
    """Written before 3-D Secure is asked; the issuer has not been asked to promise anything yet."""
    SENT = "sent", _("Sent")
    """The row is written, the network is being asked. Found so after the time limit, it counts as unknown."""
    AUTHORIZED = "authorized", _("Authorized")
    """The issuer promised. It stays so after a capture: the promise was used."""
    DECLINED = "declined", _("Declined")
    """The issuer's no, or certainty that nothing was asked or booked."""
    UNKNOWN = "unknown", _("Unknown")
    """We asked and do not know. The janitor inquires, and reverses when there is no answer."""
    VOIDED = "voided", _("Voided")
    """The promise was given back after a cancel."""
    REVERSED = "reversed", _("Reversed")
    """An unknown outcome was undone, and the network acknowledged that."""
    EXPIRED = "expired", _("Expired")
    """The promise was not used in time, and was given back."""


class AuthenticationStatus(models.TextChoices):
    """How far the asking of the issuer by 3-D Secure has come."""

    ASKED = "asked", pgettext_lazy("authentication", "Asked")
    """The directory is being asked. Found so after the time limit, what it said is read in the safe's record."""
    CHALLENGED = "challenged", _("Waits for the customer")
    """The issuer wants to see its customer on a page of its own."""
    AWAITED = "awaited", _("Waits for the issuer")
    """The issuer asks its customer in its own way, without our browser."""
    AGREED = "agreed", pgettext_lazy("authentication", "Agreed")
    """The authorization may be asked for, with what the issuer gave, or without it where it could not be asked."""
    REFUSED = "refused", _("Refused")
    """No authorization is asked for."""
    EXPIRED = "expired", _("Expired")
    """No result came in time."""


class CaptureStatus(models.TextChoices):
    BOOKED = "booked", _("Booked")
    """In our books; the network is being told by advice."""
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    """The network has it too."""
    REFUSED = "refused", _("Refused")
    """The network said no to the advice; the books were corrected by counter-entries."""


class RefundStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    """Begun: the merchant no longer has the money, the customer does not have it yet."""
    SUCCEEDED = "succeeded", _("Succeeded")
    """The network accepted it."""
    FAILED = "failed", _("Failed")
    """The network said no, or nothing was sent; the amount is free again."""


class RefundReason(models.TextChoices):
    REQUESTED_BY_CUSTOMER = "requested_by_customer", _("Requested by the customer")
    """The ordinary case: goods came back, or were not wanted."""
    DUPLICATE = "duplicate", _("Duplicate")
    """The shop sold the same thing twice by mistake."""
    FRAUDULENT = "fraudulent", _("Fraudulent")
    """The shop believes that the customer did not want this purchase."""
    OTHER = "other", _("Other")
    """Something else, or nothing was said."""


class AdviceKind(models.TextChoices):
    CAPTURE = "capture", _("Capture")
    """0220: the promise was used."""
    VOID = "void", _("Void")
    """0400: a promise that we know of is given back."""
    RELEASE = "release", _("Release")
    """0400 with replacement amounts: the part of a promise that nobody will take is given back."""
    REVERSAL = "reversal", _("Reversal")
    """0420: whatever became of an authorization of unknown outcome, undo it."""


class AdviceStatus(models.TextChoices):
    DUE = "due", _("Due")
    """Sent again and again, with growing pauses, until acknowledged."""
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    """The network has taken note."""
    REFUSED = "refused", _("Refused")
    """The network said no. Only a capture can be refused for good."""


class Initiator(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    """Somebody approved it with a passkey, just now."""
    MERCHANT = "merchant", _("Merchant")
    """The shop asked without the customer, under a permission that the customer gave earlier."""


class ApprovalKind(models.TextChoices):
    WEBAUTHN = "webauthn.get", _("Passkey")
    """A plain passkey assertion whose challenge is the hash of the details."""
    SPC = "payment.get", _("Secure Payment Confirmation")
    """The browser itself shows payee and amount, and signs them too."""


class GrantKind(models.TextChoices):
    ONE_TIME = "one_time", _("Once")
    """One payment, up to the limit. The first one that the issuer promises uses it up."""
    RECURRING = "recurring", _("Repeating")
    """Any number of payments, within both limits."""


class GrantPeriod(models.TextChoices):
    """The span over which the second limit is counted: calendar periods of Tokyo."""

    NONE = "none", _("None")
    """Of a grant for one payment."""
    DAY = "day", _("Day")
    """From midnight to midnight."""
    WEEK = "week", _("Week")
    """From Monday to Sunday."""
    MONTH = "month", _("Month")
    """From the first day of a month to the last."""
    YEAR = "year", _("Year")
    """From 1 January to 31 December."""


class GrantStatus(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("grant", "Asked for")
    """The shop asked; the customer has not answered yet. Until `expires_at`."""
    ACTIVE = "active", _("Active")
    """The customer's passkey signed it: the shop may charge within the limits."""
    PAUSED = "paused", _("Paused")
    """The customer stopped it for a while. Nothing can be charged until they resume it."""
    ENDED = "ended", _("Ended")
    """For good. `ended_why` says why; the row and its history stay."""


class GrantEnd(models.TextChoices):
    """Why a grant ended."""

    DECLINED = "declined", _("Declined")
    """The customer did not want it."""
    NOT_ANSWERED = "not_answered", _("Not answered")
    """Nobody approved it while there was time."""
    BY_CUSTOMER = "ended_by_customer", _("Ended by the customer")
    """The customer took the permission back."""
    BY_MERCHANT = "ended_by_merchant", _("Ended by the shop")
    """The shop does not need it any more."""
    USED = "used", _("Used")
    """It was for one payment, and that was made."""
    EXPIRED = "expired", _("Expired")
    """Its last day is over."""
    BY_ISSUER = "stopped_by_issuer", _("Stopped by the card company")
    """The issuer said that this shop may not go on charging."""


class DisputeStage(models.TextChoices):
    INQUIRY = "inquiry", _("Inquiry")
    """Somebody asks before any money moves: the issuer, or the customer directly."""
    CHARGEBACK = "chargeback", _("Chargeback")
    """The issuer has taken the money back; evidence may win it again."""
    PRE_ARBITRATION = "pre_arbitration", _("Pre-arbitration")
    """The second and last stage: one side did not accept how the chargeback ended."""


class DisputeStatus(models.TextChoices):
    NEEDS_RESPONSE = "needs_response", _("Needs response")
    """Evidence is due before `respond_by`. In a chargeback the amount is withheld from payouts."""
    UNDER_REVIEW = "under_review", _("Under review")
    """The shop has answered; the issuer, or in an inquiry of a customer that customer, reads it."""
    WON = "won", _("Won")
    """Decided for the shop: what was withheld is owed to it again."""
    LOST = "lost", _("Lost")
    """Decided for the customer, or not answered in time: what was withheld stays with the customer."""
    ACCEPTED = "accepted", _("Accepted")
    """The shop gave in: as lost, but without an argument."""
    CLOSED = "closed", _("Closed")
    """An inquiry that ended without a chargeback; no money moved."""


class DisputeReason(models.TextChoices):
    FRAUDULENT = "fraudulent", _("Not made by the customer")
    """“That wasn't me.”"""
    NOT_RECEIVED = "not_received", _("Not received")
    """Paid, and nothing came."""
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    """Something came, but not what was sold."""
    DUPLICATE = "duplicate", _("Charged twice")
    """The same purchase was taken more than once."""
    REFUND_NOT_RECEIVED = "refund_not_received", _("Refund not received")
    """The shop promised money back, and it did not come."""
    OTHER = "other", _("Something else")
    """A reason code of the network that we have no word for."""


ASKED_OF_THE_SHOP: Final = (
    DisputeReason.NOT_RECEIVED,
    DisputeReason.NOT_AS_DESCRIBED,
    DisputeReason.DUPLICATE,
    DisputeReason.REFUND_NOT_RECEIVED,
)
"""What a customer reports here and the shop is asked about first."""


class DisputeOrigin(models.TextChoices):
    NETWORK = "network", _("The card network")
    """The issuer opened it, and the network's book has it too."""
    CUSTOMER = "customer", _("The customer")
    """Said on the payment's page here; the network knows nothing of it."""


class CaseAnswerKind(models.TextChoices):
    EVIDENCE = "evidence", _("Evidence")
    """Why the payment was right, with the digest of what we keep."""
    ACCEPTANCE = "acceptance", _("Acceptance")
    """The shop gives in."""


class FraudSource(models.TextChoices):
    NETWORK = "network", _("The card network")
    """The issuer reported it; it counts in the network's monitoring."""
    CUSTOMER = "customer", _("The customer")
    """Said on the payment's page here."""
    ELSEWHERE = "elsewhere", _("After misuse elsewhere")
    """The card was misused at another shop later: a hint where it leaked, not a word about this payment. Staff only."""


class ReceiptKind(models.TextChoices):
    """What a signed receipt states."""

    CAPTURE = "capture", _("Payment taken")
    """The shop took this amount of the payment."""
    CAPTURE_REFUSED = "capture_refused", _("Payment not carried out")
    """The card network did not carry the capture out: an earlier receipt about it no longer holds."""
    REFUND = "refund", _("Refund")
    """The shop gave this amount back, and the network accepted it."""
    DISPUTE = "dispute", _("End of a dispute")
    """How a case about the payment ended."""


P, A, R, V, C = PaymentStatus, AuthorizationStatus, RefundStatus, AdviceStatus, CaptureStatus
N, G, D = AuthenticationStatus, GrantStatus, DisputeStatus

# fmt: off
PAYMENT_TRANSITIONS: Final = {
    (P.REQUIRES_APPROVAL,  "approve"):            P.PROCESSING,
    (P.REQUIRES_APPROVAL,  "cancel"):             P.CANCELED,
    (P.REQUIRES_APPROVAL,  "expire"):             P.EXPIRED,
    (P.PROCESSING,         "authorize"):          P.AUTHORIZED,
    (P.PROCESSING,         "decline"):            P.REQUIRES_APPROVAL,  # another card may be tried
    (P.PROCESSING,         "decline_for_good"):   P.DECLINED,           # no attempt or no time is left
    (P.AUTHORIZED,         "capture_part"):       P.PARTIALLY_CAPTURED,
    (P.AUTHORIZED,         "capture"):            P.CAPTURED,
    (P.AUTHORIZED,         "cancel"):             P.CANCELED,
    (P.AUTHORIZED,         "expire"):             P.EXPIRED,
    (P.PARTIALLY_CAPTURED, "capture_part"):       P.PARTIALLY_CAPTURED, # one more, and a rest is left
    (P.PARTIALLY_CAPTURED, "capture"):            P.CAPTURED,           # … and nothing is left
    (P.PARTIALLY_CAPTURED, "release"):            P.PARTIALLY_CAPTURED, # the rest goes back to the issuer
    (P.PARTIALLY_CAPTURED, "uncapture_part"):     P.PARTIALLY_CAPTURED, # the network refused one of several captures
    (P.PARTIALLY_CAPTURED, "uncapture"):          P.AUTHORIZED,         # … the only one
    (P.PARTIALLY_CAPTURED, "cancel_uncaptured"):  P.CANCELED,           # … and nothing is left to capture
    (P.PARTIALLY_CAPTURED, "expire_uncaptured"):  P.EXPIRED,            # … because the promise had ended
    (P.CAPTURED,           "uncapture_part"):     P.PARTIALLY_CAPTURED,
    (P.CAPTURED,           "uncapture"):          P.AUTHORIZED,
    (P.CAPTURED,           "cancel_uncaptured"):  P.CANCELED,
    (P.CAPTURED,           "expire_uncaptured"):  P.EXPIRED,
}

AUTHORIZATION_TRANSITIONS: Final = {
    (A.AUTHENTICATING, "send"):    A.SENT,
    (A.AUTHENTICATING, "decline"): A.DECLINED,
    (A.AUTHENTICATING, "expire"):  A.EXPIRED,             # nobody answered the issuer's own question in time
    (A.SENT,           "accept"):  A.AUTHORIZED,
    (A.SENT,           "decline"): A.DECLINED,
    (A.SENT,           "lose"):    A.UNKNOWN,
    (A.UNKNOWN,        "accept"):  A.AUTHORIZED,
    (A.UNKNOWN,        "decline"): A.DECLINED,
    (A.UNKNOWN,        "reverse"): A.REVERSED,
    (A.AUTHORIZED,     "void"):    A.VOIDED,
    (A.AUTHORIZED,     "expire"):  A.EXPIRED,
}

AUTHENTICATION_TRANSITIONS: Final = {
    (N.ASKED,      "challenge"): N.CHALLENGED,
    (N.ASKED,      "wait"):      N.AWAITED,
    (N.ASKED,      "agree"):     N.AGREED,
    (N.ASKED,      "refuse"):    N.REFUSED,
    (N.CHALLENGED, "agree"):     N.AGREED,
    (N.CHALLENGED, "refuse"):    N.REFUSED,
    (N.CHALLENGED, "expire"):    N.EXPIRED,
    (N.AWAITED,    "agree"):     N.AGREED,
    (N.AWAITED,    "refuse"):    N.REFUSED,
    (N.AWAITED,    "expire"):    N.EXPIRED,
}

CAPTURE_TRANSITIONS: Final = {
    (C.BOOKED, "acknowledge"): C.ACKNOWLEDGED,
    (C.BOOKED, "refuse"):      C.REFUSED,
}

REFUND_TRANSITIONS: Final = {
    (R.PENDING, "succeed"): R.SUCCEEDED,
    (R.PENDING, "fail"):    R.FAILED,
}

ADVICE_TRANSITIONS: Final = {
    (V.DUE, "acknowledge"): V.ACKNOWLEDGED,
    (V.DUE, "refuse"):      V.REFUSED,
}

GRANT_TRANSITIONS: Final = {
    (G.REQUESTED, "approve"): G.ACTIVE,
    (G.REQUESTED, "decline"): G.ENDED,    # not now
    (G.REQUESTED, "lapse"):   G.ENDED,    # nobody answered
    (G.REQUESTED, "end"):     G.ENDED,
    (G.ACTIVE,    "pause"):   G.PAUSED,
    (G.ACTIVE,    "use_up"):  G.ENDED,    # it was for one payment
    (G.ACTIVE,    "expire"):  G.ENDED,
    (G.ACTIVE,    "stop"):    G.ENDED,    # the issuer said so
    (G.ACTIVE,    "end"):     G.ENDED,
    (G.PAUSED,    "resume"):  G.ACTIVE,
    (G.PAUSED,    "use_up"):  G.ENDED,    # what was being charged when it was paused
    (G.PAUSED,    "expire"):  G.ENDED,
    (G.PAUSED,    "stop"):    G.ENDED,
    (G.PAUSED,    "end"):     G.ENDED,
}

DISPUTE_TRANSITIONS: Final = {
    (D.NEEDS_RESPONSE, "answer"):       D.UNDER_REVIEW,
    (D.NEEDS_RESPONSE, "accept"):       D.ACCEPTED,
    (D.NEEDS_RESPONSE, "win"):          D.WON,             # the issuer withdrew it
    (D.NEEDS_RESPONSE, "lose"):         D.LOST,            # nobody answered in time
    (D.NEEDS_RESPONSE, "close"):        D.CLOSED,
    (D.NEEDS_RESPONSE, "escalate"):     D.NEEDS_RESPONSE,  # an inquiry became a chargeback
    (D.UNDER_REVIEW,   "win"):          D.WON,
    (D.UNDER_REVIEW,   "lose"):         D.LOST,
    (D.UNDER_REVIEW,   "close"):        D.CLOSED,
    (D.UNDER_REVIEW,   "escalate"):     D.NEEDS_RESPONSE,
    (D.CLOSED,         "escalate"):     D.NEEDS_RESPONSE,
    (D.WON,            "second_stage"): D.NEEDS_RESPONSE,  # the issuer does not accept it: taken once more
    (D.LOST,           "second_stage"): D.LOST,            # noted; the money has moved already
}
# fmt: on

OPEN_DISPUTES: Final = (D.NEEDS_RESPONSE, D.UNDER_REVIEW)
"""The disputes that are not decided yet."""
LOST_DISPUTES: Final = (D.LOST, D.ACCEPTED)
"""Those whose money stays with the customer."""

CAPTURABLE: Final = (P.AUTHORIZED, P.PARTIALLY_CAPTURED)
"""What is left of a payment in these states can be captured."""
REFUNDABLE: Final = (P.PARTIALLY_CAPTURED, P.CAPTURED)
"""What was captured of a payment in these states can be given back."""

OPEN_AUTHORIZATIONS: Final = (A.AUTHENTICATING, A.SENT, A.UNKNOWN, A.AUTHORIZED)
"""A payment has at most one authorization in these states; a unique index of the database keeps it so."""

MOST_ATTEMPTS: Final = 3
"""Authorizations that one payment may ask for, unless none left the house."""
MOST_TRIES: Final = 3
"""Assertions that one challenge takes."""
MOST_OFFERS: Final = 60
"""Challenges that one customer may open on one payment: a stranger with the link cannot void another's for ever."""
CHALLENGE_LIFE: Final = timedelta(minutes=5)
PAYMENT_LIFE: Final = timedelta(minutes=30)
SHORTEST_LIFE: Final = timedelta(minutes=1)
LONGEST_LIFE: Final = timedelta(days=1)
PROMISE_LIFE: Final = timedelta(days=7)
"""How long an issuer's promise is counted on."""
GRANT_REQUEST_LIFE: Final = timedelta(days=1)
LONGEST_GRANT_REQUEST_LIFE: Final = timedelta(days=30)
LONGEST_GRANT: Final = timedelta(days=3 * 366)
"""How far ahead the last day of a grant may lie. Whoever wants more time asks the customer again."""
LEAST_CARD_PART_MINOR: Final = 50
"""What the card pays at least, in yen, when it pays a part."""
MOST_CARD_PART_MINOR: Final = 999_999_999_999
"""Field 4 of a network message has twelve digits."""

CHALLENGE_LIMIT: Final = timedelta(minutes=10)
"""How long an issuer's own question to its customer may take."""
INQUIRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3_600))
"""When the janitor asks what became of a question, counted from the moment the outcome was found unknown."""
ADVICE_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600))
"""Pauses between two sendings of an advice; after the last one it goes on hourly."""
PERSON_AFTER: Final = 6
"""Unanswered sendings of one advice, or inquiries about one refund, after which a person is told."""
LOOK_AGAIN_AFTER: Final = (timedelta(minutes=2), timedelta(hours=1))
"""When the janitor looks once more for a promise that arrived late: after a reversal, or after "not found"."""
CUSTOMER_CASE_LIFE: Final = timedelta(days=7)
"""How long a shop has to answer a customer who reported a problem here."""
MOST_CASES_OF_CUSTOMER: Final = 3
"""How often one payment may be reported to its shop, taken back ones included: each time people get a mail."""
REMINDED_BEFORE: Final = (timedelta(days=7), timedelta(days=2))
"""When the shop's people are reminded of evidence that is due."""
MOST_EVIDENCE_FILES: Final = 8
"""Files that one dispute takes."""
MOST_EVIDENCE_FILE_BYTES: Final = 5 * 1024 * 1024
MOST_EVIDENCE_BYTES: Final = 20 * 1024 * 1024
"""All files of one dispute together."""
MOST_STATEMENT: Final = 10_000
"""Characters of what the shop says in an answer."""


def pause_before_inquiry(asked: int) -> timedelta | None:
    """From one inquiry to the next when `asked` were made; None when the plan is over."""
    if asked >= len(INQUIRY_AFTER):
        return None
    return INQUIRY_AFTER[asked] - (INQUIRY_AFTER[asked - 1] if asked else timedelta())


def pause_after_advice(sent: int) -> timedelta:
    """From one sending of an advice to the next when it was sent `sent` times."""
    return ADVICE_PAUSES[min(sent, len(ADVICE_PAUSES)) - 1]
