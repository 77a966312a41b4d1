"""The words in which a shop reads its payments. Whoever paid stays unnamed: a shop learns nothing about them here."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.declines import CUSTOMER_RULES, Advice
from payments.states import GrantEnd
from payments.types import Happening
from webhooks.states import EVENT_TYPES

Words = str | Promise

# fmt: off
STORY: Final[dict[Happening, tuple[Words, str, str]]] = {
    Happening.CREATED:          (_("The payment was asked for"),                               "",     "shop"),
    Happening.APPROVED:         (_("The customer approved with a passkey"),                    "good", "passkey"),
    Happening.CHARGED:          (_("Charged, by the customer’s permission"),                   "",     "shop"),
    Happening.ASKED_3DS:        (_("The issuer was asked by 3-D Secure"),                      "",     "card"),
    Happening.CHALLENGED:       (_("The issuer asked the customer"),                           "wait", "hand"),
    Happening.AUTHENTICATED:    (_("The issuer authenticated the customer"),                   "good", "check"),
    Happening.NOT_AUTHENTICATED: (_("The issuer did not authenticate the customer"),           "",     "info"),
    Happening.POINTS_SET_ASIDE: (_("The customer’s points were set aside; no card is used"),   "good", "leaf"),
    Happening.ASKED_ISSUER:     (_("The issuer was asked"),                                    "",     "card"),
    Happening.OUTCOME_UNKNOWN:  (_("No answer came; we go on asking until we know"),           "wait", "clock"),
    Happening.AUTHORIZED:       (_("The issuer promised the amount"),                          "good", "lock"),
    Happening.DECLINED:         (_("The issuer declined"),                                     "harm", "no"),
    Happening.STOPPED:          (_("Stopped before the issuer was asked for the amount"),      "harm", "no"),
    Happening.REVERSED:         (_("The question was reversed; nothing is held on the card"),  "",     "return"),
    Happening.CAPTURED:         (_("Captured: the amount is owed to you"),                     "good", "done"),
    Happening.PROBLEM_REPORTED:   (_("The customer told you that something is wrong"),     "wait", "hand"),
    Happening.FRAUD_REPORTED:     (_("The card’s owner is said not to have made it"),       "harm", "alert"),
    Happening.INQUIRY_OPENED:     (_("The issuer asked about it; no money has moved"),     "wait", "hand"),
    Happening.DISPUTE_OPENED:     (_("The issuer took the amount back; it is withheld"),   "harm", "return"),
    Happening.EVIDENCE_SUBMITTED: (_("You answered"),                                      "",     "mail"),
    Happening.SECOND_STAGE_BEGUN: (_("Pre-arbitration: the second and last stage"),        "wait", "clock"),
    Happening.DISPUTE_WON:        (_("Decided for you; the amount is owed to you again"),  "good", "done"),
    Happening.DISPUTE_LOST:       (_("Decided for the customer"),                          "harm", "no"),
    Happening.DISPUTE_ACCEPTED:   (_("You gave in; the amount stays with the customer"),   "",     "return"),
    Happening.INQUIRY_CLOSED:     (_("The case was closed; no money moved"),               "",     "check"),
    Happening.CAPTURE_REFUSED:  (_("The network refused the capture; the amount is not owed to you after all"),
                                                                                               "harm", "return"),
    Happening.RELEASED:         (_("The rest was released; it is no longer held on the card"), "",     "return"),
    Happening.CANCELED:         (_("Canceled; what was promised went back"),                   "",     "no"),
    Happening.EXPIRED:          (_("The time was over"),                                       "",     "clock"),
    Happening.REFUND_BEGUN:     (_("The refund was begun"),                                    "wait", "return"),
    Happening.REFUND_SUCCEEDED: (_("The card network accepted the refund"),                    "good", "return"),
    Happening.REFUND_FAILED:    (_("The refund failed; the amount is yours again"),            "harm", "no"),
}
"""Title, tone and picture of each line of a payment's story."""
STORY_WITHOUT_CARD: Final[dict[Happening, Words]] = {
    Happening.RELEASED:         _("The rest was released; its points are no longer set aside"),
    Happening.REFUND_SUCCEEDED: _("The points went back to the customer"),
}
"""The titles that differ where points paid all of it."""

GRANT_STORY: Final[dict[str, tuple[Words, str, str]]] = {
    "create":             (_("The customer was asked"),                      "",     "shop"),
    "approve":            (_("The customer approved with a passkey"),        "good", "passkey"),
    "decline":            (_("The customer did not want it"),                "",     "no"),
    "lapse":              (_("Nobody answered in time"),                     "",     "clock"),
    "pause":              (_("The customer paused it"),                      "wait", "clock"),
    "resume":             (_("The customer let it go on"),                   "good", "done"),
    "lower":              (_("The customer lowered its limits"),             "",     "check"),
    "change_card":        (_("The customer chose another card"),             "",     "card"),
    "use_up":             (_("The payment that it was for was made"),        "",     "check"),
    "expire":             (_("Its last day was over"),                       "",     "clock"),
    "stop":               (_("The issuer stopped it"),                       "harm", "no"),
    GrantEnd.BY_CUSTOMER: (_("The customer ended it"),                       "",     "no"),
    GrantEnd.BY_MERCHANT: (_("You ended it"),                                "",     "no"),
}
"""Title, tone and picture of each line of a grant's history; an end is told by who ended it."""

ADVICE: Final[dict[str, Words]] = {
    Advice.NEVER:        _("Do not try this card again. The customer can choose another one."),
    Advice.NO:           _("Trying again without the customer will not help. Another card may."),
    Advice.LATER:        _("The same card may work later."),
    Advice.NEW_DATA:     _("The customer has to correct the card’s data first."),
    Advice.AUTHENTICATE: _("The issuer wants to see the customer’s proof once more."),
}
"""What a shop may do after a decline."""

ADVICE_AFTER: Final[dict[str, Words]] = {
    CUSTOMER_RULES.decline_code: _("The customer’s own rules stood against it. Only the customer can change them."),
}
"""The same after one decline code, where it can be said better than for all that share its advice."""

OUR_OWN: Final[tuple[str, ...]] = (
    "payment.refunded",
    "merchant.admitted", "merchant.suspended", "merchant.reinstated", "merchant.left",
    "api_key.issued", "api_key.rolled", "api_key.revoked",
    "return_url.registered", "return_url.withdrawn", "webhook_endpoint.disabled",
    "member.invited", "member.joined", "member.role_changed", "member.removed",
)
"""Events that stand in the log only: no webhook tells them."""
# fmt: on

EVENT_KINDS: Final = (*EVENT_TYPES, *OUR_OWN)
