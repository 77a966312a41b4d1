"""The words for states, as customers and merchants read them: word, icon and tone. Only the words are translated."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StatusWord(NamedTuple):
    tone: str
    """good, wait, harm or nothing."""
    icon: str
    word: str | Promise


# fmt: off
_WORDS: Final[dict[tuple[str, str], StatusWord]] = {
    ("payment", "requires_approval"):  StatusWord("wait", "hand",    _("Waiting for approval")),
    ("payment", "processing"):         StatusWord("wait", "clock",   _("Being confirmed")),
    ("payment", "authorized"):         StatusWord("good", "lock",    _("Authorized")),
    ("payment", "partially_captured"): StatusWord("good", "done",    pgettext_lazy("payment", "Partly paid")),
    ("payment", "captured"):           StatusWord("good", "done",    pgettext_lazy("payment", "Paid")),
    ("payment", "refunded"):           StatusWord("",     "return",  pgettext_lazy("payment", "Refunded")),
    ("payment", "canceled"):           StatusWord("",     "no",      pgettext_lazy("payment", "Canceled")),
    ("payment", "declined"):           StatusWord("harm", "no",      pgettext_lazy("payment", "Declined")),
    ("payment", "expired"):            StatusWord("",     "clock",   pgettext_lazy("payment", "Expired")),
    ("authorization", "authenticating"): StatusWord("wait", "hand", _("Being authenticated")),
    ("authorization", "sent"):         StatusWord("wait", "clock",   _("Sent")),
    ("authorization", "authorized"):   StatusWord("good", "done",    _("Authorized")),
    ("authorization", "declined"):     StatusWord("harm", "no",      _("Declined by the issuer")),
    ("authorization", "unknown"):      StatusWord("wait", "clock",   _("Outcome unknown")),
    ("authorization", "voided"):       StatusWord("",     "return",  _("Voided")),
    ("authorization", "reversed"):     StatusWord("",     "return",  _("Reversed")),
    ("authorization", "expired"):      StatusWord("",     "clock",   _("Authorization expired")),
    ("refund", "pending"):             StatusWord("wait", "clock",   _("Refund under way")),
    ("refund", "succeeded"):           StatusWord("good", "done",    pgettext_lazy("payment", "Refunded")),
    ("refund", "failed"):              StatusWord("harm", "no",      pgettext_lazy("refund", "Refund failed")),
    ("grant", "requested"):            StatusWord("wait", "hand",    _("Waiting for an answer")),
    ("grant", "active"):               StatusWord("good", "done",    pgettext_lazy("grant", "Active")),
    ("grant", "paused"):               StatusWord("wait", "clock",   pgettext_lazy("grant", "Paused")),
    ("grant", "ended"):                StatusWord("",     "no",      pgettext_lazy("grant", "Ended")),
    ("grant", "declined"):             StatusWord("",     "no",      pgettext_lazy("grant", "Not given")),
    ("grant", "not_answered"):         StatusWord("",     "clock",   pgettext_lazy("grant", "Not answered")),
    ("grant", "ended_by_customer"):    StatusWord("",     "no",      pgettext_lazy("grant", "Ended by the customer")),
    ("grant", "ended_by_merchant"):    StatusWord("",     "no",      pgettext_lazy("grant", "Ended by the shop")),
    ("grant", "used"):                 StatusWord("",     "check",   pgettext_lazy("grant", "Used")),
    ("grant", "expired"):              StatusWord("",     "clock",   pgettext_lazy("grant", "Expired")),
    ("grant", "stopped_by_issuer"):    StatusWord("harm", "no", pgettext_lazy("grant", "Ended by the card company")),
    ("dispute", "needs_response"):     StatusWord("wait", "hand",    pgettext_lazy("dispute", "Waiting for the shop")),
    ("dispute", "under_review"):       StatusWord("wait", "clock",   pgettext_lazy("dispute", "Under review")),
    ("dispute", "won"):                StatusWord("",     "no",      pgettext_lazy("dispute", "Decided for the shop")),
    ("dispute", "lost"):               StatusWord("good", "done",    pgettext_lazy("dispute", "Decided for you")),
    ("dispute", "accepted"):           StatusWord("good", "done",    pgettext_lazy("dispute", "The shop gave in")),
    ("dispute", "closed"):             StatusWord("",     "check",   pgettext_lazy("dispute", "Closed")),
    ("case", "needs_response"):        StatusWord("wait", "hand",    pgettext_lazy("sale", "Needs your response")),
    ("case", "under_review"):          StatusWord("wait", "clock",   pgettext_lazy("sale", "Under review")),
    ("case", "won"):                   StatusWord("good", "done",    pgettext_lazy("sale", "Won")),
    ("case", "lost"):                  StatusWord("harm", "no",      pgettext_lazy("sale", "Lost")),
    ("case", "accepted"):              StatusWord("",     "return",  pgettext_lazy("sale", "Accepted")),
    ("case", "closed"):                StatusWord("",     "check",   pgettext_lazy("sale", "Closed")),
    ("card", "usable"):                StatusWord("good", "done",    _("Ready to use")),
    ("card", "frozen"):                StatusWord("wait", "freeze",  pgettext_lazy("card", "Frozen")),
    ("card", "expired"):               StatusWord("harm", "clock",   pgettext_lazy("card", "Expired")),
    ("card", "closed"):                StatusWord("harm", "no",      pgettext_lazy("card", "Closed")),
    ("card", "removed"):               StatusWord("",     "bin",     pgettext_lazy("card", "Removed")),
    ("lot", "pending"):                StatusWord("wait", "clock",   pgettext_lazy("points", "Pending")),
    ("lot", "live"):                   StatusWord("good", "done",    pgettext_lazy("points", "Ready to use")),
    ("lot", "spent"):                  StatusWord("",     "check",   pgettext_lazy("points", "Spent")),
    ("lot", "taken_back"):             StatusWord("",     "return",  pgettext_lazy("points", "Taken back")),
    ("lot", "expired"):                StatusWord("",     "clock",   pgettext_lazy("points", "Expired")),
    ("campaign", "draft"):             StatusWord("",     "dot",     _("Draft")),
    ("campaign", "scheduled"):         StatusWord("wait", "calendar", _("Scheduled")),
    ("campaign", "running"):           StatusWord("good", "done",    _("Running")),
    ("campaign", "paused"):            StatusWord("wait", "clock",   _("Paused")),
    ("campaign", "exhausted"):         StatusWord("wait", "info",    _("Used up")),
    ("campaign", "ended"):             StatusWord("",     "no",      _("Ended")),
    ("gift", "pending"):               StatusWord("wait", "clock",   pgettext_lazy("gift", "Waiting")),
    ("gift", "accepted"):              StatusWord("good", "done",    pgettext_lazy("gift", "Accepted")),
    ("gift", "canceled"):              StatusWord("",     "return",  pgettext_lazy("gift", "Taken back")),
    ("gift", "declined"):              StatusWord("",     "no",      pgettext_lazy("gift", "Not wanted")),
    ("gift", "expired"):               StatusWord("",     "clock",   pgettext_lazy("gift", "Not accepted in time")),
    ("merchant", "applied"):           StatusWord("wait", "clock",   _("Applied")),
    ("merchant", "admitted"):          StatusWord("good", "done",    _("Admitted")),
    ("merchant", "suspended"):         StatusWord("harm", "no",      pgettext_lazy("merchant", "Suspended")),
    ("merchant", "left"):              StatusWord("",     "out",     pgettext_lazy("merchant", "Left")),
    ("member", "invited"):             StatusWord("wait", "mail",    _("Invited")),
    ("member", "active"):              StatusWord("good", "done",    pgettext_lazy("member", "Active")),
    ("member", "removed"):             StatusWord("",     "no",      pgettext_lazy("member", "Removed")),
    ("key", "active"):                 StatusWord("good", "done",    pgettext_lazy("API key", "Active")),
    ("key", "revoked"):                StatusWord("",     "no",      pgettext_lazy("API key", "Revoked")),
    ("key", "expired"):                StatusWord("",     "clock",   pgettext_lazy("API key", "Expired")),
    ("endpoint", "enabled"):           StatusWord("good", "done",    pgettext_lazy("endpoint", "Enabled")),
    ("endpoint", "disabled"):          StatusWord("",     "no",      pgettext_lazy("endpoint", "Disabled")),
    ("delivery", "due"):               StatusWord("wait", "clock",   pgettext_lazy("delivery", "Due")),
    ("delivery", "delivered"):         StatusWord("good", "done",    pgettext_lazy("delivery", "Delivered")),
    ("delivery", "failed"):            StatusWord("harm", "no",      pgettext_lazy("delivery", "Failed")),
    ("delivery", "given_up"):          StatusWord("harm", "no",      pgettext_lazy("delivery", "Given up")),
}
# fmt: on

# To a shop the same state means another thing: what the customer has paid is, for it, captured.
STATUSES: Final[dict[tuple[str, str], StatusWord]] = {
    **_WORDS,
    **{("sale", state): word for (kind, state), word in _WORDS.items() if kind == "payment"},
    ("sale", "partially_captured"): StatusWord("good", "done", pgettext_lazy("sale", "Partly captured")),
    ("sale", "captured"): StatusWord("good", "done", pgettext_lazy("sale", "Captured")),
}
"""By kind of thing and state."""

SHORT_BRANDS: Final = {"mastercard": "MC", "amex": "Amex", "diners": "Diners", "discover": "Disc."}
"""For the small picture of a card, where the brand's whole name has no room."""

RECEIPT_TITLES: Final[dict[str, str | Promise]] = {
    "capture": _("The shop took the amount"),
    "capture_refused": _("The card network did not carry it out; nothing is taken"),
    "refund": _("The shop gave money back"),
    "dispute": _("A dispute ended"),
}
"""What each kind of signed receipt states."""
