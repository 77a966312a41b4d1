"""Lots of points, campaigns, and what becomes of them: the words and the tables."""

from datetime import date
from typing import Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Source(models.TextChoices):
    """Why somebody has these points."""

    PURCHASE = "purchase", _("Purchase")
    """The program's base rate on what a capture's card paid."""
    CAMPAIGN = "campaign", _("Campaign")
    """A rule beyond the base rate, with terms and a budget."""
    TIER = "tier", _("Tier")
    """More for those who buy much."""
    GIFT = "gift", _("Gift")
    """From another customer."""
    FAMILY = "family", _("Family")
    """Into a family's pool, or out of it."""
    CONVERSION = "conversion", _("Conversion")
    """A shop's old points, taken over."""
    ADJUSTMENT = "adjustment", _("Adjustment")
    """Staff put something right, with a reason and four eyes."""


class LotStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    """Earned, not yet spendable: the shop's return window is open."""
    LIVE = "live", _("Live")
    """Spendable until `expires_at`. The points balance is the sum of what live lots have left."""
    SPENT = "spent", _("Spent")
    """Nothing is left and nothing is held."""
    TAKEN_BACK = "taken_back", _("Taken back")
    """The purchase was refunded, or so much of it that nothing is left here."""
    EXPIRED = "expired", _("Expired")
    """Its day has come; what was left fell to its funder."""


class UseStatus(models.TextChoices):
    HELD = "held", _("Held")
    """Set aside for a payment that is not decided yet."""
    REDEEMED = "redeemed", _("Redeemed")
    """Paid with."""
    RELEASED = "released", _("Released")
    """The payment did not happen; the points are back in their lot."""
    GIVEN_BACK = "given_back", _("Given back")
    """The payment was refunded; the points are back in their lot, with the same expiry."""


class Change(models.TextChoices):
    """What can happen to a lot. Most move an amount from one of its parts to another: see PARTS."""

    EARNED = "earned", _("Earned")
    ACTIVATED = "activated", _("Became live")
    HELD = "held", _("Held for a payment")
    RELEASED = "released", _("Released")
    REDEEMED = "redeemed", _("Redeemed")
    GIVEN_BACK = "given_back", _("Given back")
    TAKEN_BACK = "taken_back", _("Taken back")
    LENT = "lent", _("Taken for another refunded purchase")
    """These points made up for points of another lot that had to be taken back and were spent already."""
    FUNDED = "funded", _("Set aside early")
    """Their worth left what their shop is owed while they were still pending, because it left."""
    RETURNED = "returned", _("Came back after another refund")
    """What was lent is not needed any more: the points it stood for came back."""
    EXPIRED = "expired", _("Expired")
    GIVEN = "given", _("Moved to another wallet")
    OWED = "owed", _("Owed")
    """To be taken back, spent already, and nothing else to take: the next points make up for it, up to a limit."""
    RECOVERED = "recovered", _("No longer owed")
    """Other points made up for it, or the spent ones came back."""
    WRITTEN_OFF = "written_off", _("Written off")
    """Above that limit: the funder bears it, who has already paid."""


class TierName(models.TextChoices):
    """How much somebody buys in a calendar year (Tokyo). Reached at once, kept to the end of the year after."""

    MEMBER = "member", _("Member")
    """Everybody, from the first day."""
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    PLATINUM = "platinum", _("Platinum")


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    """Being written. It gives nothing, and can be changed at will."""
    SCHEDULED = "scheduled", _("Scheduled")
    """Started, and its first day is still to come."""
    RUNNING = "running", _("Running")
    """Purchases earn its points."""
    PAUSED = "paused", _("Paused")
    """Stopped for a while: what is bought meanwhile earns nothing from it."""
    EXHAUSTED = "exhausted", _("Used up")
    """The budget, or the number of purchases, is used up. With a larger one it can be started again."""
    ENDED = "ended", _("Ended")
    """Over for good; what it gave stays."""


class CampaignKind(models.TextChoices):
    RATE = "rate", _("A rate")
    """A share of the money that a purchase takes, in hundredths of a percent."""
    FIXED = "fixed", _("Fixed points")
    """The same points for every purchase, once."""


class Combining(models.TextChoices):
    ADDS_UP = "adds_up", _("Adds up with others")
    """Gives its points whatever other campaigns give."""
    BEST_OF = "best_of", _("Only the best one")
    """Among all campaigns of this sort only the one that gives the most for a purchase gives anything."""


class Weekday(models.IntegerChoices):
    """As ISO 8601 numbers them."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.isoweekday())


# fmt: off
PARTS: Final = {
    Change.HELD:        ("remaining_minor", "held_minor"),
    Change.RELEASED:    ("held_minor",      "remaining_minor"),
    Change.REDEEMED:    ("held_minor",      "redeemed_minor"),
    Change.GIVEN_BACK:  ("redeemed_minor",  "remaining_minor"),
    Change.TAKEN_BACK:  ("remaining_minor", "taken_minor"),
    Change.LENT:        ("remaining_minor", "lent_minor"),
    Change.RETURNED:    ("lent_minor",      "remaining_minor"),
    Change.GIVEN:       ("remaining_minor", "given_minor"),
    Change.EXPIRED:     ("remaining_minor", "expired_minor"),
}

TRANSITIONS: Final = {
    (LotStatus.PENDING,    "activate"):  LotStatus.LIVE,
    (LotStatus.PENDING,    "take_back"): LotStatus.TAKEN_BACK,
    (LotStatus.LIVE,       "spend"):     LotStatus.SPENT,
    (LotStatus.LIVE,       "expire"):    LotStatus.EXPIRED,
    (LotStatus.LIVE,       "take_back"): LotStatus.TAKEN_BACK,
    (LotStatus.SPENT,      "take_back"): LotStatus.TAKEN_BACK,
    (LotStatus.EXPIRED,    "take_back"): LotStatus.TAKEN_BACK,
    (LotStatus.SPENT,      "restore"):   LotStatus.LIVE,        # a release or a refund brings points back
    (LotStatus.EXPIRED,    "restore"):   LotStatus.LIVE,
    (LotStatus.TAKEN_BACK, "restore"):   LotStatus.LIVE,        # … beyond what was still to be taken
}

USE_TRANSITIONS: Final = {
    (UseStatus.HELD,     "redeem"):    UseStatus.REDEEMED,
    (UseStatus.HELD,     "release"):   UseStatus.RELEASED,
    (UseStatus.REDEEMED, "give_back"): UseStatus.GIVEN_BACK,
}

CAMPAIGN_TRANSITIONS: Final = {
    (CampaignStatus.DRAFT,     "schedule"): CampaignStatus.SCHEDULED,
    (CampaignStatus.DRAFT,     "start"):    CampaignStatus.RUNNING,
    (CampaignStatus.DRAFT,     "end"):      CampaignStatus.ENDED,
    (CampaignStatus.SCHEDULED, "start"):    CampaignStatus.RUNNING,
    (CampaignStatus.SCHEDULED, "pause"):    CampaignStatus.PAUSED,
    (CampaignStatus.SCHEDULED, "exhaust"):  CampaignStatus.EXHAUSTED,   # its first day began a moment ago
    (CampaignStatus.SCHEDULED, "end"):      CampaignStatus.ENDED,
    (CampaignStatus.RUNNING,   "pause"):    CampaignStatus.PAUSED,
    (CampaignStatus.RUNNING,   "exhaust"):  CampaignStatus.EXHAUSTED,
    (CampaignStatus.RUNNING,   "end"):      CampaignStatus.ENDED,
    (CampaignStatus.PAUSED,    "schedule"): CampaignStatus.SCHEDULED,
    (CampaignStatus.PAUSED,    "start"):    CampaignStatus.RUNNING,
    (CampaignStatus.PAUSED,    "exhaust"):  CampaignStatus.EXHAUSTED,   # by a purchase from before, heard of late
    (CampaignStatus.PAUSED,    "end"):      CampaignStatus.ENDED,
    (CampaignStatus.EXHAUSTED, "start"):    CampaignStatus.RUNNING,     # with a larger budget, or after refunds
    (CampaignStatus.EXHAUSTED, "end"):      CampaignStatus.ENDED,
}
# fmt: on


def verb_after(change: Change, *, status: LotStatus, remaining: int, held: int) -> str | None:
    """Which verb of TRANSITIONS a change amounts to, looking at what the lot has left afterwards; None if it stays."""
    match change:
        case Change.ACTIVATED:
            return "activate"
        case Change.EXPIRED:
            return "expire" if remaining == 0 else None  # a refund gave others of the lot grace
        case Change.TAKEN_BACK:
            return "take_back" if remaining == 0 and status != LotStatus.TAKEN_BACK else None
        case Change.RELEASED | Change.GIVEN_BACK | Change.RETURNED:
            return "restore" if status != LotStatus.LIVE else None
        case Change.REDEEMED | Change.LENT | Change.GIVEN:
            return "spend" if status == LotStatus.LIVE and remaining == held == 0 else None
        case _:
            return None


class GiftStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for an answer")
    """The points have left the sender and lie in the gift's own pool."""
    ACCEPTED = "accepted", _("Accepted")
    """What was left of them is the other person's."""
    CANCELED = "canceled", _("Taken back by the sender")
    DECLINED = "declined", pgettext_lazy("gift", "Not wanted")
    """The other person did not want it; the points went back."""
    EXPIRED = "expired", _("Not accepted in time")
    """Nobody accepted it in time; what was left of the points went back."""


class FamilyStatus(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("family", "Active")
    CLOSED = "closed", pgettext_lazy("family", "Closed")
    """Everybody got back what was left of their own points."""


class FamilyMemberStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    """Asked by e-mail; joins when a customer with that proven address says so."""
    ACTIVE = "active", pgettext_lazy("family", "Member")
    DECLINED = "declined", pgettext_lazy("family", "Not accepted")
    LEFT = "left", pgettext_lazy("family", "Left")
    """Of their own will, or because the family was closed."""
    REMOVED = "removed", pgettext_lazy("family", "Let go")
    """By the owner; an invitation that was taken back is one too."""


class FamilyMoveKind(models.TextChoices):
    PUT_IN = "put_in", pgettext_lazy("family move", "Put in")
    SHARED = "shared", _("Put in automatically")
    """What became live, of somebody who wants it so."""
    DRAWN = "drawn", _("Drawn")
    RETURNED = "returned", pgettext_lazy("family", "Returned")
    """What was left of their own points, to somebody who left, or when the family was closed."""


# fmt: off
GIFT_TRANSITIONS: Final = {
    (GiftStatus.PENDING, "accept"):  GiftStatus.ACCEPTED,
    (GiftStatus.PENDING, "cancel"):  GiftStatus.CANCELED,
    (GiftStatus.PENDING, "decline"): GiftStatus.DECLINED,
    (GiftStatus.PENDING, "expire"):  GiftStatus.EXPIRED,
}

FAMILY_TRANSITIONS: Final = {
    (FamilyStatus.ACTIVE, "close"): FamilyStatus.CLOSED,
}

FAMILY_MEMBER_TRANSITIONS: Final = {
    (FamilyMemberStatus.INVITED, "accept"):  FamilyMemberStatus.ACTIVE,
    (FamilyMemberStatus.INVITED, "decline"): FamilyMemberStatus.DECLINED,
    (FamilyMemberStatus.INVITED, "remove"):  FamilyMemberStatus.REMOVED,
    (FamilyMemberStatus.ACTIVE,  "leave"):   FamilyMemberStatus.LEFT,
    (FamilyMemberStatus.ACTIVE,  "remove"):  FamilyMemberStatus.REMOVED,
}
# fmt: on


class ConversionStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("conversion", "Waiting for its owner")
    """Nobody signs in with that address yet, or nobody looked yet."""
    CONVERTED = "converted", pgettext_lazy("conversion", "Converted")
    """The points are in the wallet of whoever signs in with the address."""
    EXPIRED = "expired", pgettext_lazy("conversion", "Nobody came")
    """Nobody came in time; the points fell back to the shop."""
