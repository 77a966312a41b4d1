"""What this room refuses.

Refusal
├── NotEnoughPoints    more than the wallet has live
├── NothingHeld        the points of this payment were released, or belong to a payment that is over
├── PointsRepeatDiffers   the same payment again, with another amount or wallet
├── CampaignNotFound      no campaign, or another merchant's: the same answer
├── CampaignRepeatDiffers the same campaign again, with other terms
├── CampaignsTooMany      a merchant has as many open campaigns as may be
├── CampaignKindNotPossible   a rate without a rate, fixed points without points, or both
├── FixedPointsTooMany    more than a fifth of the minimum spend
├── CampaignDaysNotPossible   it would end before it begins, or begin anew
├── CampaignNamesBoth     items and categories
├── CampaignLimitTooLow   below what it gave already
├── CampaignChangedMeanwhile   somebody else changed what was looked at
├── CampaignIsOver        its last day has passed
├── CampaignIsUsedUp      nothing is left to give
├── CampaignShopNotOpen   its merchant may not sell now
├── PreviewTimeNotPossible   a time that is longer than a year, or not over yet
├── ProgramTooEarly    a change of the program that would count for what was bought already
├── ProgramOutOfBounds    terms that the program may not have
├── ClearingNotFound   no such statement, or another merchant's: the same answer
├── MonthNotOver       a month is stated when it is over
├── ProgramChangedMeanwhile   somebody else changed it at the same time
├── GiftNotFound, GiftNotPossible, GiftLimitReached, GiftNotYetAcceptable, GiftStandsStill,
│   GiftToOneself                                   gifts to other customers
├── FamilyNotFound, InAFamilyAlready, FamilyIsFull, MemberAlready, InvitedOften, OwnerStays,
│   DrawLimitReached, NotYetPossible   a family's pool
├── ConversionNotFound, ConversionBatchNotFound, ConversionKeyNotFound, ConversionsNotAllowed, ConversionDiffers,
│   ConversionTooLarge, ConversionLimitReached, ConversionExpiryNotPossible, SourceIdNotPossible   a shop’s old points
├── ConversionKeyNotReadable, ConversionKeysTooMany, SignatureNotSound, ConversionFileTooLarge,
│   ConversionFileWrong   a file of them
├── WalletStandsStill, AddressNotReadable                                                   either of the two
└── OwnWallet, AdjustmentNotPossible, AdjustmentBeyondLive, ProposalSaysNothing, ConversionLimitsNotPossible,
    ConversionsChangedMeanwhile                       acts of the staff that wait for a second person
"""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal
from common.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from points.types import WrongLine


class NotEnoughPoints(Refusal):
    code, kind, field = "not_enough_points", Kind.RULE, "points"
    message = _("You have {available} points that can be used now.")

    def __init__(self, *, available: Money, asked: Money) -> None:
        super().__init__(available=f"{available.minor:,}", asked=f"{asked.minor:,}")


class NothingHeld(Refusal):
    code, kind = "no_points_held", Kind.STATE
    message = _("No points are held for this payment any more.")


class PointsRepeatDiffers(Refusal):
    code, kind = "points_repeat_differs", Kind.STATE
    message = _("Other points are held for this payment already.")


class CampaignNotFound(Refusal):
    code, kind = "campaign_not_found", Kind.NOT_FOUND
    message = _("There is no such campaign.")


class CampaignRepeatDiffers(Refusal):
    code, kind = "campaign_repeat_differs", Kind.STATE
    message = _("This campaign exists already, with other terms.")


class CampaignsTooMany(Refusal):
    code, kind = "too_many_campaigns", Kind.RULE
    message = _("You have {most} campaigns that have not ended. End one of them first.")


class CampaignKindNotPossible(Refusal):
    code, kind, field = "campaign_kind_not_possible", Kind.RULE, "kind"
    message = _("A rate campaign needs rate_basis_points, a fixed one points, and neither takes both.")


class FixedPointsTooMany(Refusal):
    code, kind, field = "fixed_points_too_many", Kind.RULE, "minimum_spend"
    message = _("{points} fixed points need a minimum spend of at least {least}: one purchase gives back 20 % at most.")


class CampaignDaysNotPossible(Refusal):
    code, kind, field = "campaign_days_not_possible", Kind.RULE, "ends_before"
    message = _("A campaign ends after its first day, and that day stays as it is once it has begun.")


class CampaignNamesBoth(Refusal):
    code, kind, field = "campaign_names_both", Kind.RULE, "categories"
    message = _("Name items or categories, not both.")


class CampaignLimitTooLow(Refusal):
    code, kind, field = "campaign_limit_too_low", Kind.RULE, "budget"
    message = _("It gave {used} points for {purchases} purchases already: its limits cannot be below that.")


class CampaignChangedMeanwhile(Refusal):
    code, kind, field = "campaign_changed_meanwhile", Kind.STATE, "version"
    message = _("Somebody else changed this campaign meanwhile: it is version {version} now. Look at it again.")


class CampaignIsOver(Refusal):
    code, kind, field = "campaign_is_over", Kind.RULE, "ends_before"
    message = _("The last day of this campaign has passed.")


class CampaignIsUsedUp(Refusal):
    code, kind, field = "campaign_is_used_up", Kind.RULE, "budget"
    message = _("Nothing is left to give. Raise the budget or the number of purchases first.")


class CampaignShopNotOpen(Refusal):
    code, kind = "campaign_shop_not_open", Kind.STATE
    message = _("This business cannot take payments at the moment, so its campaigns cannot start.")


class PreviewTimeNotPossible(Refusal):
    code, kind, field = "preview_time_not_possible", Kind.RULE, "since"
    message = _("A preview looks at a time that is over, and at most a year long.")


class ProgramTooEarly(Refusal):
    code, kind, field = "points_program_too_early", Kind.RULE, "effective_from"
    message = _("A change of the program begins now or later: what was bought keeps its terms.")


class ProgramOutOfBounds(Refusal):
    code, kind = "points_program_out_of_bounds", Kind.INVALID
    message = _("The program cannot be like this: {said}")

    def __init__(self, *, said: str) -> None:
        super().__init__(said=said)


class ProgramChangedMeanwhile(Refusal):
    code, kind = "points_program_changed", Kind.STATE
    message = _("Somebody else changed the program at the same time. Look at it again.")


class ClearingNotFound(Refusal):
    code, kind = "points_clearing_not_found", Kind.NOT_FOUND
    message = _("There is no such points clearing.")


class MonthNotOver(Refusal):
    code, kind = "month_not_over", Kind.STATE
    message = _("Points are cleared when the month is over.")

    def __init__(self, *, month: date) -> None:
        super().__init__(month=f"{month:%Y-%m}")


class WalletStandsStill(Refusal):
    code, kind = "wallet_frozen_for_points", Kind.RULE
    message = _("Your wallet is frozen. Let it go first; until then no points leave it.")


class AddressNotReadable(Refusal):
    code, kind, field = "address_not_readable", Kind.INVALID, "email"
    message = _("Please write a whole e-mail address.")


class GiftNotFound(Refusal):
    """There is none, or it is neither from nor for this person."""

    code, kind = "gift_not_found", Kind.NOT_FOUND
    message = _("There is no such gift.")


class GiftToOneself(Refusal):
    code, kind, field = "gift_to_oneself", Kind.RULE, "email"
    message = _("This is your own address.")


class GiftNotPossible(Refusal):
    """Too few or too many for one gift."""

    code, kind, field = "gift_not_possible", Kind.RULE, "amount"
    message = _("One gift is between {least} and {most} points.")

    def __init__(self, *, least: int, most: int) -> None:
        super().__init__(least=f"{least:,}", most=f"{most:,}")


class GiftLimitReached(Refusal):
    code, kind = "gift_limit_reached", Kind.LIMITED
    message = _("You can send {gifts} gifts a day and {points} points a month.")

    def __init__(self, *, gifts: int, points: int, retry_after_seconds: int) -> None:
        super().__init__(gifts=gifts, points=f"{points:,}", retry_after_seconds=retry_after_seconds)


class GiftNotYetAcceptable(Refusal):
    code, kind = "gift_not_yet_acceptable", Kind.STATE
    message = _("This gift can be accepted from {when} on (Japan time).")


class GiftStandsStill(Refusal):
    """Its sender froze their wallet: perhaps it was not them who gave."""

    code, kind = "gift_stands_still", Kind.STATE
    message = _("This gift cannot be accepted just now. Please try again later.")


class FamilyNotFound(Refusal):
    """There is none, or this person is not in it, or may not do this there."""

    code, kind = "family_not_found", Kind.NOT_FOUND
    message = _("There is no such family.")


class InAFamilyAlready(Refusal):
    code, kind = "in_a_family_already", Kind.STATE
    message = _("You are in a family already. Leave it first.")


class MemberAlready(Refusal):
    code, kind, field = "member_already", Kind.STATE, "email"
    message = _("This person is in your family already.")


class FamilyIsFull(Refusal):
    code, kind = "family_is_full", Kind.RULE
    message = _("A family has at most {most} members; open invitations count.")


class InvitedOften(Refusal):
    code, kind = "invited_often", Kind.LIMITED
    message = _("You have sent many invitations today. More are possible tomorrow.")

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class OwnerStays(Refusal):
    code, kind = "owner_stays", Kind.STATE
    message = _("Whoever began the family cannot leave it, but can close it.")


class NotYetPossible(Refusal):
    """Points are kept where they are for a while: somebody is new in the family, or a device is new."""

    code, kind = "points_wait", Kind.STATE
    message = _("For your protection this is possible from {when} on (Japan time).")


class DrawLimitReached(Refusal):
    code, kind, field = "draw_limit_reached", Kind.LIMITED, "amount"
    message = _("You can draw {most} points a day; {left} are left today.")

    def __init__(self, *, most: int, left: int, retry_after_seconds: int) -> None:
        super().__init__(most=f"{most:,}", left=f"{left:,}", retry_after_seconds=retry_after_seconds)


class OwnWallet(Refusal):
    code, kind = "own_wallet", Kind.FORBIDDEN
    message = _("Nobody adjusts their own points.")


class AdjustmentNotPossible(Refusal):
    """Nobody's wallet, no points, or too many."""

    code, kind = "adjustment_not_possible", Kind.RULE
    message = _("An adjustment needs the wallet of a customer, a reason, and between 1 and {most} points.")


class AdjustmentBeyondLive(Refusal):
    code, kind, field = "adjustment_beyond_live", Kind.RULE, "points"
    message = _("This wallet has {available} points that can be taken now.")

    def __init__(self, *, available: Money) -> None:
        super().__init__(available=f"{available.minor:,}")


class ConversionLimitsNotPossible(Refusal):
    code, kind, field = "conversion_limits_not_possible", Kind.INVALID, "most_per_month"
    message = _("The limits are at least 1 point, at most {most} in a month, and the month’s not below that of one.")


class ConversionsChangedMeanwhile(Refusal):
    code, kind = "conversions_changed_meanwhile", Kind.STATE
    message = _("The permit was changed or stopped since this was proposed. Propose it anew.")


class ProposalSaysNothing(Refusal):
    code, kind = "proposal_says_nothing", Kind.INVALID
    message = _("Nothing would change, or the reason is missing.")


class ConversionNotFound(Refusal):
    """There is none, or it is another merchant's: the same answer."""

    code, kind = "conversion_not_found", Kind.NOT_FOUND
    message = _("There is no such conversion.")


class ConversionBatchNotFound(Refusal):
    code, kind = "conversion_batch_not_found", Kind.NOT_FOUND
    message = _("There is no such batch of conversions.")


class ConversionKeyNotFound(Refusal):
    code, kind = "conversion_key_not_found", Kind.NOT_FOUND
    message = _("There is no such signing key.")


class ConversionsNotAllowed(Refusal):
    """The commerce's staff have not allowed it, or this merchant may not sell now."""

    code, kind = "conversions_not_allowed", Kind.RULE
    message = _("Taking over old points is not open to you now. Please ask the commerce.")


class ConversionDiffers(Refusal):
    code, kind, field = "conversion_differs", Kind.STATE, "source_id"
    message = _("Other points were taken over under “{source_id}” already.")


class SourceIdNotPossible(Refusal):
    code, kind, field = "source_id_not_possible", Kind.INVALID, "source_id"
    message = _("A source_id is 1 to 64 letters, digits and . _ : / # - and begins with a letter or a digit.")


class ConversionTooLarge(Refusal):
    code, kind, field = "conversion_too_large", Kind.RULE, "points"
    message = _("One conversion is between 1 and {most} points.")

    def __init__(self, *, most: int) -> None:
        super().__init__(most=f"{most:,}")


class ConversionLimitReached(Refusal):
    """The month's points, of one merchant, in Tokyo."""

    code, kind, field = "conversion_limit_reached", Kind.RULE, "points"
    message = _("You can have {most} points taken over in a month; {left} are left.")

    def __init__(self, *, most: int, left: int) -> None:
        super().__init__(most=f"{most:,}", left=f"{left:,}")


class ConversionExpiryNotPossible(Refusal):
    code, kind, field = "conversion_expiry_not_possible", Kind.RULE, "expires_on"
    message = _("The last day is between {first} and {last}.")

    def __init__(self, *, first: date, last: date) -> None:
        super().__init__(first=first.isoformat(), last=last.isoformat())


class ConversionKeyNotReadable(Refusal):
    code, kind, field = "conversion_key_not_readable", Kind.INVALID, "public_key"
    message = _("Please give an Ed25519 public key as PEM: it begins with -----BEGIN PUBLIC KEY-----.")


class ConversionKeysTooMany(Refusal):
    code, kind = "too_many_conversion_keys", Kind.RULE
    message = _("There can be at most {most} signing keys. Please revoke one that is no longer used.")


class SignatureNotSound(Refusal):
    """Not by any key of this merchant that is registered and not revoked. Nothing in the file was read."""

    code, kind, field = "signature_not_sound", Kind.INVALID, "signature"
    message = _("The signature was not made for exactly this file with one of your signing keys.")


class ConversionFileTooLarge(Refusal):
    code, kind = "conversion_file_too_large", Kind.INVALID
    message = _("A file has at most {most_bytes} bytes and {most_lines} lines.")

    def __init__(self, *, most_bytes: int, most_lines: int) -> None:
        super().__init__(most_bytes=f"{most_bytes:,}", most_lines=f"{most_lines:,}")


class ConversionFileWrong(Refusal):
    """Nothing of the file was taken over. `lines` says of every line what does not fit; `errors` tells programs."""

    code, kind = "conversion_file_wrong", Kind.INVALID
    message = _("Nothing was taken over. Faults in the file: {count}.")

    def __init__(self, lines: "Sequence[WrongLine]") -> None:
        super().__init__(count=f"{len(lines):,}")
        self.lines = list(lines)

    @property
    def errors(self) -> list[dict[str, str]]:
        return [
            {"field": f"line {one.number}, {one.column}", "code": one.code, "message": one.message}
            for one in self.lines
        ]
