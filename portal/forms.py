"""What the customer's pages ask for. Only shapes are read here; rules live in the rooms below."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.categories import Category
from accounts.rules import HOURS, Rules, ShopRules
from accounts.states import FreezeReason
from common.base64url import from_base64url
from common.errors import Refusal
from common.json import read_strict
from common.money import MOST_MINOR, Money
from payments.states import ASKED_OF_THE_SHOP, ApprovalKind, DisputeReason, PaymentStatus
from portal.words import STATUSES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_CREDENTIAL_BYTES: Final = 16 * 1024
_SHOWN_FIRST: Final = (
    PaymentStatus.CAPTURED,
    PaymentStatus.PARTIALLY_CAPTURED,
    PaymentStatus.AUTHORIZED,
    PaymentStatus.PROCESSING,
    PaymentStatus.REQUIRES_APPROVAL,
    PaymentStatus.CANCELED,
    PaymentStatus.DECLINED,
    PaymentStatus.EXPIRED,
)


class WebAuthnField(forms.CharField):
    """What an authenticator answered, as WebAuthn JSON written by our script."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            members = read_strict(text.encode(), most_bytes=MOST_CREDENTIAL_BYTES)
        except Refusal:
            members = None
        if not isinstance(members, dict):
            raise ValidationError(_("The passkey’s answer did not arrive. Please try again."), code="unreadable")
        return members

    def prepare_value(self, value: Any) -> str:
        return ""  # an answer is used once; a page that is shown again starts without it


class OfferForm(forms.Form):
    """Which card and how many points: the question that the passkey will sign. Points may pay all of it."""

    card = forms.CharField(max_length=40, required=False)
    points = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=10**12,
        error_messages={"invalid": _("Points are a whole number."), "min_value": _("Points are a whole number.")},
    )
    kind = forms.ChoiceField(choices=ApprovalKind.choices, required=False)


class ApproveForm(OfferForm):
    challenge = forms.CharField(
        max_length=40, error_messages={"required": _("The passkey’s answer did not arrive. Please try again.")}
    )
    assertion = WebAuthnField(error_messages={"required": _("The passkey’s answer did not arrive. Please try again.")})
    screen = forms.RegexField(r"^[0-9]{1,3},[0-9]{1,5},[0-9]{1,5},-?[0-9]{1,3}$", required=False, max_length=24)
    """Depth of colour, height, width and minutes behind UTC: the card's issuer is told them, and nobody else."""


class DayInput(forms.DateInput):
    """The browser's own calendar; it wants ISO dates in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _yen(label: "StrOrPromise") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=10**12,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": _("Please write a whole number of yen."),
            "min_value": _("Please write a whole number of yen."),
        },
    )


class LimitsForm(forms.Form):
    """Lower limits for a shop's permission; what is left empty stays as it is."""

    limit_per_payment = _yen(_("At most each time, in yen"))
    limit_per_period = _yen(_("At most in all, in yen"))
    until = forms.DateField(label=_("Last day"), required=False, widget=DayInput)

    def asked(self, currency: str) -> dict[str, Any]:
        """What was given, in the words of the verbs."""
        amounts = {
            name: Money(minor, currency)
            for name in ("limit_per_payment", "limit_per_period")
            if (minor := self.cleaned_data.get(name))
        }
        return {**amounts, "until": self.cleaned_data.get("until")}


class GrantOfferForm(LimitsForm):
    """Which card and which limits: the question that the passkey will sign."""

    card = forms.CharField(max_length=40, error_messages={"required": _("Please choose a card.")})


class ApproveGrantForm(GrantOfferForm):
    challenge = forms.CharField(
        max_length=40, error_messages={"required": _("The passkey’s answer did not arrive. Please try again.")}
    )
    assertion = WebAuthnField(error_messages={"required": _("The passkey’s answer did not arrive. Please try again.")})


class GrantCardForm(forms.Form):
    card = forms.CharField(max_length=40, error_messages={"required": _("Please choose a card.")})


class PasskeyForm(forms.Form):
    label = forms.CharField(
        label=_("Name of the passkey"),
        help_text=_("So that you recognise it later, for instance “My phone”."),
        max_length=60,
        required=False,
    )
    credential = WebAuthnField(error_messages={"required": _("The passkey’s answer did not arrive. Please try again.")})
    spc = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)


class RenamePasskeyForm(forms.Form):
    label = forms.CharField(label=_("Name of the passkey"), max_length=60)


class CardForm(forms.Form):
    """A sealed box and what may be seen of it. The card itself has no field here, on purpose."""

    nickname = forms.CharField(
        label=_("Name of the card"), help_text=_("Only you see it."), max_length=40, required=False
    )
    intake = forms.CharField(max_length=40, widget=forms.HiddenInput)
    sealed = forms.CharField(
        max_length=4_000,
        widget=forms.HiddenInput,
        error_messages={"required": _("The card did not arrive. Please type it once more.")},
    )

    def clean_sealed(self) -> bytes:
        try:
            return from_base64url(self.cleaned_data["sealed"])
        except ValueError:
            raise ValidationError(_("The card did not arrive. Please type it once more."), code="unreadable") from None


class FreezeForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=FreezeReason.choices)


class RenameCardForm(forms.Form):
    nickname = forms.CharField(label=_("Name of the card"), max_length=40, required=False)


class SpendForm(forms.Form):
    """How much somebody thinks of paying at a shop."""

    spend = forms.IntegerField(
        label=_("For so many yen by card"),
        min_value=1,
        max_value=10**9,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class ShopSearch(SpendForm):
    """Filters of the list of shops, and the amount of which it says what it would earn."""

    text = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or address")}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["spend"].required = False


class ProblemForm(forms.Form):
    """What is wrong with a payment. “That wasn't me” is another way than all the rest."""

    PROBLEMS: ClassVar = {
        DisputeReason.FRAUDULENT: _("That wasn’t me"),
        DisputeReason.NOT_RECEIVED: _("It has not arrived"),
        DisputeReason.NOT_AS_DESCRIBED: _("It is not what was sold"),
        DisputeReason.DUPLICATE: _("I was charged twice"),
        DisputeReason.REFUND_NOT_RECEIVED: _("A promised refund has not come"),
    }
    problem = forms.ChoiceField(label=_("What is wrong?"))
    words = forms.CharField(
        label=_("What happened?"),
        help_text=_("The shop reads this, unless it wasn’t you. Please write no card number here."),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    freeze = forms.BooleanField(
        label=_("Freeze the card, if that wasn’t me"),
        help_text=_("Nothing new is paid with it until you unfreeze it."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, problems: Sequence[DisputeReason], has_card: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [("", _("Please choose"))] if len(problems) > 1 else []
        choices = [*asked, *((problem.value, self.PROBLEMS[problem]) for problem in problems)]
        self.fields["problem"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.asks_the_shop = any(problem in ASKED_OF_THE_SHOP for problem in problems)
        self.tells_the_staff = DisputeReason.FRAUDULENT in problems
        if not (has_card and self.tells_the_staff):
            del self.fields["freeze"]


class PaymentSearch(forms.Form):
    """Filters of the list of payments. What cannot be read filters nothing."""

    text = forms.CharField(
        label=_("Search"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )
    shop = forms.ChoiceField(label=_("Shop"), required=False)
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All states")),
            *((value, STATUSES["payment", value.value].word) for value in _SHOWN_FIRST),
        ],
    )
    month = forms.ChoiceField(label=_("Month"), required=False)

    def __init__(self, data: Any, *, shops: list[tuple[str, str]], months: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["shop"].choices = [("", _("All shops")), *shops]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["month"].choices = [("", _("All months")), *months]  # type: ignore[attr-defined]  # likewise


class NameForm(forms.Form):
    display_name = forms.CharField(
        label=_("Your name"),
        help_text=_("As we should address you. It need not be the name on your card."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class YenField(forms.IntegerField):
    """A limit in whole yen; empty means that there is none."""

    def __init__(self, *, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            min_value=1,
            max_value=MOST_MINOR,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            error_messages=dict.fromkeys(
                ("invalid", "min_value", "max_value"), _("Write whole yen, or nothing for no limit.")
            ),
        )

    def to_python(self, value: Any) -> int | None:
        """People write 30,000 and ￥30,000."""
        return super().to_python(str(value or "").strip().lstrip("¥￥").replace(",", ""))


class HourField(forms.TypedChoiceField):
    """A full hour of the day, or none."""

    def __init__(self, *, label: Any) -> None:
        hours = [("", "—"), *((str(hour), f"{hour}:00") for hour in HOURS)]
        super().__init__(label=label, choices=hours, coerce=int, empty_value=None, required=False)


class RulesForm(forms.Form):
    per_payment = YenField(label=_("At most per payment"))
    per_day = YenField(label=_("At most per day"))
    per_month = YenField(label=_("At most per month"))
    hour_from = HourField(label=_("From"))
    hour_to = HourField(label=_("Until"))
    blocked_categories = forms.MultipleChoiceField(
        label=_("Kinds of shops that you do not want to pay"),
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    ask_me_always = forms.BooleanField(
        label=_("Ask me for every payment"),
        help_text=_("Shops with your permission can then not charge by themselves either."),
        required=False,
    )

    def as_rules(self) -> Rules:
        said = self.cleaned_data
        return Rules(
            per_payment_minor=said["per_payment"],
            per_day_minor=said["per_day"],
            per_month_minor=said["per_month"],
            hour_from=said["hour_from"],
            hour_to=said["hour_to"],
            blocked_categories=frozenset(said["blocked_categories"]),
            ask_me_always=said["ask_me_always"],
        )

    @staticmethod
    def initial_of(rules: Rules) -> dict[str, Any]:
        return {
            "per_payment": rules.per_payment_minor,
            "per_day": rules.per_day_minor,
            "per_month": rules.per_month_minor,
            "hour_from": rules.hour_from,
            "hour_to": rules.hour_to,
            "blocked_categories": sorted(rules.blocked_categories),
            "ask_me_always": rules.ask_me_always,
        }


class ShopLimitForm(forms.Form):
    per_payment = YenField(label=_("At most per payment"))
    per_month = YenField(label=_("At most per month"))

    def as_rules(self, *, blocked: bool) -> ShopRules:
        said = self.cleaned_data
        return ShopRules(blocked=blocked, per_payment_minor=said["per_payment"], per_month_minor=said["per_month"])

    @staticmethod
    def initial_of(rules: ShopRules) -> dict[str, Any]:
        return {"per_payment": rules.per_payment_minor, "per_month": rules.per_month_minor}
