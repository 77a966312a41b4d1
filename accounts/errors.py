"""The refusals of this room.

Refusal
├── CustomerNotFound, CardNotFound, PasskeyNotFound   not there, or not theirs
├── CardNotAccepted, CardCheckUnanswered              what the issuer said, or did not say, about a new card
├── CardTriesUsedUp                                   too many cards that were not accepted
├── CardBeingForgotten                                a removed card came back before the safe had forgotten it
├── RulesNotPossible, LooseningNeedsProof             changing one's own rules
├── CardNotUsable                                     frozen or expired, so it cannot be the default
└── PasskeyNotRegistered, AssertionRefused            what a passkey sent does not prove what it should
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class CustomerNotFound(Refusal):
    code, kind = "customer_not_found", Kind.NOT_FOUND
    message = _("There is no such customer.")


class CardNotFound(Refusal):
    code, kind = "card_not_found", Kind.NOT_FOUND
    message = _("There is no such card in your wallet.")


class PasskeyNotFound(Refusal):
    code, kind = "passkey_not_found", Kind.NOT_FOUND
    message = _("There is no such passkey.")


class CardNotAccepted(Refusal):
    """The same words whatever the issuer's reason was: a card tester learns nothing from them."""

    code, kind = "card_not_accepted", Kind.RULE
    message = _("The card was not accepted. Check what you typed, or try another card.")


class CardCheckUnanswered(Refusal):
    code, kind = "card_check_unanswered", Kind.UNAVAILABLE
    message = _("The card issuer did not answer, so the card was not added. Please try again in a few minutes.")


class CardTriesUsedUp(Refusal):
    code, kind = "card_tries_used_up", Kind.LIMITED
    message = _("Too many cards were not accepted. For your protection, adding cards is possible again tomorrow.")

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class CardBeingForgotten(Refusal):
    code, kind = "card_being_forgotten", Kind.UNAVAILABLE
    message = _("This card was removed a moment ago. Please add it again in a minute.")


class CardNotUsable(Refusal):
    code, kind = "card_cannot_be_default", Kind.STATE
    message = _("Only a card that can be used can be the default.")


class RulesNotPossible(Refusal):
    code, kind = "rules_not_possible", Kind.INVALID
    message = _("Write limits as whole yen above zero, and two different hours.")


class LooseningNeedsProof(Refusal):
    """Tightening works at once. Whatever allows more waits for a sign-in of the last minutes."""

    code, kind = "loosening_needs_proof", Kind.FORBIDDEN
    message = _("This allows more than before. Please confirm that it is you, and then change it again.")


class _PasskeyRefusal(Refusal):
    """One sentence outwards, whatever was wrong. `why` is for the log and the tests, never for the page."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class PasskeyNotRegistered(_PasskeyRefusal):
    code, kind = "passkey_not_registered", Kind.INVALID
    message = _("The passkey could not be registered. Please try again.")


class AssertionRefused(_PasskeyRefusal):
    code, kind = "passkey_not_accepted", Kind.FORBIDDEN
    message = _("The passkey was not accepted. Please try again.")
