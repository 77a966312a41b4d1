"""The chart of accounts, the reasons for entries and the states of a hold."""

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    DEBIT = "debit", _("Debit")
    """Left: assets and costs grow by debit."""
    CREDIT = "credit", _("Credit")
    """Right: debts and income grow by credit."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is fixed for all accounts of a kind.

    A covered account keeps counters on its row and can never be overdrawn. All others keep none: their balance is a
    roll-up plus the tail, so that a hot account is never locked.
    """

    normal_side: Side
    counts_points: bool = False
    covered: bool = False


class AccountKind(models.TextChoices):
    NETWORK_RECEIVABLE = "network_receivable", _("Owed by the card network")
    """What the acquirer owes us for captured payments. One for the whole commerce, and hot."""
    MERCHANT_PAYABLE = "merchant_payable", _("Owed to a merchant")
    """What we owe one merchant. Below zero after refunds for a moment only: MERCHANT_OWES takes that over."""
    MERCHANT_OWES = "merchant_owes", _("Owed by a merchant")
    """What one merchant owes us, because more went back to its customers than we owed it."""
    FEE_INCOME = "fee_income", _("Fees earned")
    POINTS_COST = "points_cost", _("Paid for points by the commerce")
    """What the commerce itself gives for points that it funds: tiers, goodwill, campaigns of its own."""
    POINTS_RESERVE = "points_reserve", _("Set aside for points")
    """Money that a funder gave up for the points it issued; it pays the merchant where they are spent."""
    REFUNDS_IN_TRANSIT = "refunds_in_transit", _("Refunds on their way")
    """Taken back from a merchant, not yet confirmed by the network."""
    DISPUTED_FUNDS = "disputed_funds", _("Taken back by the network in open disputes")
    """Left what the network owes us when a dispute was opened; comes back when it is won."""
    MERCHANT_WITHHELD = "merchant_withheld", _("Withheld from a merchant")
    """What one merchant is not paid while its disputes are open. Not payable, and not lost yet."""
    POINTS_ISSUED = "points_issued", _("Points issued")
    """All points that one merchant, or the commerce, ever funded."""
    POINTS_PENDING = "points_pending", _("Pending points")
    """Earned by one wallet, not yet spendable."""
    POINTS_LIVE = "points_live", _("Live points")
    """Spendable by one wallet. Covered: never below zero, whoever races."""
    POINTS_REDEEMED = "points_redeemed", _("Points redeemed")

    @property
    def chart(self) -> Chart:
        return CHART[self]


class Reason(models.TextChoices):
    CAPTURE = "capture", _("Capture")
    FEE = "fee", _("Fee")
    POINTS_EARNED = "points_earned", _("Points earned")
    POINTS_ACTIVATED = "points_activated", _("Points became live")
    POINTS_REDEEMED = "points_redeemed", _("Points redeemed")
    POINTS_GIVEN_BACK = "points_given_back", _("Points given back")
    POINTS_TAKEN_BACK = "points_taken_back", _("Points taken back")
    POINTS_EXPIRED = "points_expired", _("Points expired")
    POINTS_FUNDED = "points_funded", _("Points funded early")
    """Money was set aside for points that are still pending: their shop leaves."""
    POINTS_MOVED = "points_moved", _("Points moved")
    """From one wallet to another: a gift, or a family's pool."""
    POINTS_RECOVERED = "points_recovered", _("Owed points recovered")
    """Points that should have left earlier were spent by then; the next points make up for them."""
    REFUND = "refund", _("Refund")
    REFUND_SETTLED = "refund_settled", _("Refund settled")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    FEE_RETURNED = "fee_returned", _("Fee returned")
    DISPUTE_OPENED = "dispute_opened", _("Dispute opened")
    DISPUTE_WON = "dispute_won", _("Dispute won")
    DISPUTE_LOST = "dispute_lost", _("Dispute lost")
    DISPUTE_FEE = "dispute_fee", _("Dispute fee")
    DISPUTE_FEE_RETURNED = "dispute_fee_returned", _("Dispute fee returned")
    SHORTFALL = "shortfall", _("A merchant’s shortfall")
    """A payable below zero becomes a claim on the merchant, and later sales pay that off."""
    COUNTER = "counter", _("Counter-entry")
    """Mirrors an earlier entry that was a mistake."""


class HoldStatus(models.TextChoices):
    HELD = "held", _("Held")
    """Set aside: still posted, no longer available."""
    POSTED = "posted", _("Posted")
    """Became an entry."""
    RELEASED = "released", _("Released")
    """Available again; nothing was posted."""


# fmt: off
HOLD_TRANSITIONS: Final = {
    (HoldStatus.HELD, "post"):    HoldStatus.POSTED,
    (HoldStatus.HELD, "release"): HoldStatus.RELEASED,
}
# fmt: on

OPERATOR: Final = "sys"
"""The owner of the commerce's own accounts."""


# fmt: off
CHART: Final = {
    AccountKind.NETWORK_RECEIVABLE: Chart(Side.DEBIT),
    AccountKind.MERCHANT_PAYABLE:   Chart(Side.CREDIT),
    AccountKind.MERCHANT_OWES:      Chart(Side.DEBIT),
    AccountKind.FEE_INCOME:         Chart(Side.CREDIT),
    AccountKind.POINTS_COST:        Chart(Side.DEBIT),
    AccountKind.POINTS_RESERVE:     Chart(Side.CREDIT),
    AccountKind.REFUNDS_IN_TRANSIT: Chart(Side.CREDIT),
    AccountKind.DISPUTED_FUNDS:     Chart(Side.DEBIT),
    AccountKind.MERCHANT_WITHHELD:  Chart(Side.CREDIT),
    AccountKind.POINTS_ISSUED:      Chart(Side.DEBIT,  counts_points=True),
    AccountKind.POINTS_PENDING:     Chart(Side.CREDIT, counts_points=True),
    AccountKind.POINTS_LIVE:        Chart(Side.CREDIT, counts_points=True, covered=True),
    AccountKind.POINTS_REDEEMED:    Chart(Side.CREDIT, counts_points=True),
}
# fmt: on
