"""The card check: everything that was looked at before and when the issuer was asked, and what came of each. Pure.

One list per authorization, kept with it. The customer reads it in plain words, the shop in codes, and the signed
receipt carries it. Never name loss, theft, fraud or risk; a shop never learns which of a customer's own rules it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.declines import TEXTS
from payments.rules import rule_sentence

Facts: TypeAlias = Mapping[str, str | int]


class Check(models.TextChoices):
    """In the order in which people read them."""

    APPROVAL = "approval", _("Your approval")
    """The customer's payment passkey signed exactly these details."""
    GRANT = "grant", _("Permission for this shop")
    """The customer's permission to this shop stands, and covers this."""
    GRANT_LIMITS = "grant_limits", _("Limits of the permission")
    """Within what the permission allows, per payment and per period."""
    RULES = "rules", _("Your own rules")
    """The customer's own rules: amounts, hours, kinds of shop, blocked shops."""
    DEVICE = "device", _("The passkey you used")
    """Which payment passkey signed, and whether it is new here."""
    POINTS = "points", _("Points")
    """Whether points pay all of it: then there is no card to look at."""
    CARD_STATE = "card_state", _("State of the card")
    """In the wallet, not frozen, not closed by its issuer."""
    CARD_EXPIRY = "card_expiry", _("Expiry of the card")
    """Good until the end of its last month."""
    CARD_VERIFICATION = "card_verification", _("Verification of the card")
    """What the issuer said when the card was added, or its data last changed."""
    RETRIES = "retries", _("Earlier tries")
    """The card networks' rules on trying a declined card again."""
    VELOCITY = "velocity", _("Number of tries")
    """How often this wallet has asked lately."""
    THREE_DS = "three_ds", _("3-D Secure")
    """Whether the issuer itself has seen that it is the customer."""
    ISSUER = "issuer", _("Answer of the card company")
    """The issuer's answer."""


class Outcome(models.TextChoices):
    PASSED = "passed", _("Passed")
    """Looked at, and it held."""
    FAILED = "failed", _("Not passed")
    """Looked at, and it did not hold."""
    NOT_CHECKED = "not_checked", _("Not needed")
    """Nobody had to look."""
    UNKNOWN = "unknown", _("Not known")
    """Asked, and there is no answer (yet)."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was checked. `facts` are small: texts and whole numbers, no personal data, no card data."""

    check: Check
    outcome: Outcome
    facts: Facts = field(default_factory=lambda: MappingProxyType({}))

    @property
    def has_failed(self) -> bool:
        return self.outcome == Outcome.FAILED


def passed(check: Check, **facts: str | int) -> CheckLine:
    return CheckLine(check, Outcome.PASSED, facts)


def failed(check: Check, **facts: str | int) -> CheckLine:
    return CheckLine(check, Outcome.FAILED, facts)


def not_checked(check: Check, **facts: str | int) -> CheckLine:
    return CheckLine(check, Outcome.NOT_CHECKED, facts)


def unknown(check: Check, **facts: str | int) -> CheckLine:
    return CheckLine(check, Outcome.UNKNOWN, facts)


ONLY_TOLD: Final = frozenset({Check.CARD_VERIFICATION})
"""A no here is told and kept, and stops nothing: whether such a card gets in at all was decided when it was added."""


def in_order(lines: Iterable[CheckLine]) -> list[CheckLine]:
    """One line per check, the last one said about it, in the order in which people read them."""
    said = {line.check: line for line in lines}
    return [said[check] for check in Check if check in said]


def what_stops(lines: Iterable[CheckLine]) -> CheckLine | None:
    """The first thing that does not hold, in the order of reading; None when the issuer may be asked."""
    return next((line for line in in_order(lines) if line.has_failed and line.check not in ONLY_TOLD), None)


def as_json(lines: Iterable[CheckLine]) -> list[dict[str, Any]]:
    """As it is kept with the attempt and signed into the receipt."""
    return [
        {"check": line.check.value, "outcome": line.outcome.value, "facts": dict(line.facts)}
        for line in in_order(lines)
    ]


def read_json(rows: Sequence[Mapping[str, Any]]) -> list[CheckLine]:
    return [CheckLine(Check(row["check"]), Outcome(row["outcome"]), dict(row["facts"])) for row in rows]


TOLD_TO_THE_SHOP: Final[Mapping[Check, frozenset[str]]] = {
    Check.APPROVAL: frozenset({"kind"}),
    Check.CARD_VERIFICATION: frozenset({"security_code"}),
    Check.RETRIES: frozenset({"rule", "not_before"}),
    Check.GRANT_LIMITS: frozenset({"limit"}),
    Check.THREE_DS: frozenset({"status", "eci", "version"}),
    Check.ISSUER: frozenset({"decline_code"}),
}
"""What a shop learns beyond check and outcome. Of a customer's own rules, devices and frozen cards: nothing."""


def code(line: CheckLine) -> dict[str, str | int]:
    """One line for the shop, as the API says it."""
    told = TOLD_TO_THE_SHOP.get(line.check, frozenset())
    facts = {name: value for name, value in line.facts.items() if name in told}
    return {"check": line.check.value, "outcome": line.outcome.value, **facts}


def codes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str | int]]:
    """`code` of each line that is kept with an attempt."""
    return [
        {
            "check": row["check"],
            "outcome": row["outcome"],
            **{name: value for name, value in row["facts"].items() if name in TOLD_TO_THE_SHOP.get(row["check"], ())},
        }
        for row in rows
    ]


def read_codes(rows: Sequence[Mapping[str, Any]]) -> list[CheckLine]:
    """The lines again from what a shop or a receipt was told: with the facts that were told, and no others."""
    return [
        CheckLine(
            Check(row["check"]),
            Outcome(row["outcome"]),
            {name: value for name, value in row.items() if name not in {"check", "outcome"}},
        )
        for row in rows
    ]


C, X = Check, Outcome

_VARIANT_IS_IN: Final = {
    C.APPROVAL: "kind",
    C.DEVICE: "age",
    C.CARD_STATE: "reason",
    C.CARD_VERIFICATION: "security_code",
    C.RETRIES: "rule",
    C.THREE_DS: "status",
}
"""The fact, if any, on which the sentence depends besides check and outcome."""

# fmt: off
_SENTENCES: Final[dict[tuple[Check, Outcome, str], str | Promise]] = {
    (C.APPROVAL, X.PASSED, ""):             _("You approved exactly these details with your payment passkey."),
    (C.APPROVAL, X.PASSED, "payment.get"):  _("Your browser itself showed shop and amount, and your payment passkey "
                                              "signed them."),
    (C.APPROVAL, X.NOT_CHECKED, ""):        _("You were not asked this time: you had given this shop a permission."),
    (C.GRANT, X.PASSED, ""):                _("Your permission for this shop covers this payment."),
    (C.GRANT, X.FAILED, ""):                _("There is no permission of yours that covers this payment."),
    (C.GRANT_LIMITS, X.PASSED, ""):         _("The amount is within what you allowed this shop."),
    (C.GRANT_LIMITS, X.FAILED, ""):         _("The amount is more than you allowed this shop."),
    (C.RULES, X.PASSED, ""):                _("The payment keeps to your own rules."),
    (C.RULES, X.FAILED, ""):                _("One of your own rules stopped the payment."),
    (C.RULES, X.NOT_CHECKED, ""):           _("You have set no rules of your own."),
    (C.DEVICE, X.PASSED, ""):               _("You used a payment passkey that is known here."),
    (C.DEVICE, X.PASSED, "new"):            _("You used a payment passkey that was added less than 72 hours before."),
    (C.DEVICE, X.NOT_CHECKED, ""):          _("No passkey was needed, so there was none to look at."),
    (C.POINTS, X.PASSED, ""):               _("Your points pay all of it, so no card is used."),
    (C.CARD_STATE, X.PASSED, ""):           _("The card may be used."),
    (C.CARD_STATE, X.FAILED, ""):           _("The card may not be used at the moment."),
    (C.CARD_STATE, X.FAILED, "frozen"):     _("You have frozen the card."),
    (C.CARD_STATE, X.FAILED, "closed"):     _("The card company has told us that this card can no longer be used."),
    (C.CARD_EXPIRY, X.PASSED, ""):          _("The card has not expired."),
    (C.CARD_EXPIRY, X.FAILED, ""):          _("The card has expired. Update the date or use another card."),
    (C.CARD_VERIFICATION, X.PASSED, ""):    _("The card company vouched for the card and its security code when you "
                                              "added it."),
    (C.CARD_VERIFICATION, X.PASSED, "not_checked"): _("The card company vouched for the card when you added it. It did "
                                                      "not check the security code."),
    (C.CARD_VERIFICATION, X.FAILED, ""):    _("The card company did not vouch for the card when you added it."),
    (C.CARD_VERIFICATION, X.FAILED, "no_match"): _("The security code did not match when you added the card."),
    (C.CARD_VERIFICATION, X.UNKNOWN, ""):   _("It is not known what the card company said when you added the card."),
    (C.RETRIES, X.PASSED, ""):              _("The card was not tried too often."),
    (C.RETRIES, X.FAILED, ""):              TEXTS["noretry"],
    (C.RETRIES, X.FAILED, "too_often"):     _("The card was declined here as often as the card networks allow."),
    (C.RETRIES, X.FAILED, "too_early"):     _("The card company asked for some time before this card is tried again."),
    (C.RETRIES, X.FAILED, "new_data"):      TEXTS["newdata"],
    (C.RETRIES, X.FAILED, "stopped"):       TEXTS["stopped"],
    (C.VELOCITY, X.PASSED, ""):             _("There were no unusually many tries lately."),
    (C.VELOCITY, X.FAILED, ""):             TEXTS["toomany"],
    (C.THREE_DS, X.PASSED, ""):             _("The card company confirmed that it was you."),
    (C.THREE_DS, X.FAILED, ""):             _("The card company did not confirm that it was you."),
    (C.THREE_DS, X.NOT_CHECKED, ""):        _("The card company did not have to confirm that it was you."),
    (C.THREE_DS, X.UNKNOWN, ""):            _("There is no answer of the card company on whether it was you."),
    (C.ISSUER, X.PASSED, ""):               _("The card company agreed to the payment."),
    (C.ISSUER, X.NOT_CHECKED, ""):          _("The card company was not asked."),
    (C.ISSUER, X.UNKNOWN, ""):              TEXTS["processing"],
}
# fmt: on


def sentence(line: CheckLine) -> str:
    """The line in plain words for the customer, in the language of the moment."""
    if line.check == Check.ISSUER and line.has_failed:
        return str(TEXTS[str(line.facts.get("text_key", "contact"))])
    if line.check == Check.RULES and line.has_failed and "rule" in line.facts:
        return rule_sentence(str(line.facts["rule"]), line.facts)
    variant = str(line.facts.get(_VARIANT_IS_IN.get(line.check, ""), ""))
    plain = line.check, line.outcome, ""
    return str(_SENTENCES.get((line.check, line.outcome, variant)) or _SENTENCES.get(plain) or line.outcome.label)
