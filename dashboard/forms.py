"""What the shops' pages ask for. Only shapes are read here; rules live in the rooms below."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from common.clock import TOKYO
from common.errors import Refusal
from common.money import MOST_MINOR
from merchants.states import Role, Scope
from payments.states import MOST_STATEMENT, RefundReason
from webhooks.states import EVENT_TYPES

_NUMBER: Final = r"[0-9a-f]{32}"
_DAY: Final = timedelta(days=1)
_FIRST_DAY: Final = date(2000, 1, 1)
"""Nothing happened here before."""


class DayInput(forms.DateInput):
    """The browser's own calendar; it wants ISO dates in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def midnight(day: date) -> datetime:
    """With which this day begins in Tokyo."""
    return datetime.combine(day, time(), tzinfo=TOKYO)


def midnight_after(day: date) -> datetime:
    """With which this day ends. The last day of all has no next one, so it ends where it begins."""
    return midnight(min(day, date.max - _DAY) + _DAY)


class TicketForm(forms.Form):
    ticket = forms.CharField(max_length=200, widget=forms.HiddenInput)


class AmountForm(TicketForm):
    amount = forms.IntegerField(
        label=_("Amount in yen"),
        min_value=1,
        max_value=MOST_MINOR,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def refuse(self, refusal: Refusal) -> None:
        """Show what was refused beside the field that it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class CaptureForm(AmountForm):
    final = forms.BooleanField(
        label=_("This is all"),
        help_text=_("What is left after it goes back to the customer’s card at once."),
        required=False,
    )


class RefundForm(AmountForm):
    """A payment of several captures asks which of them is given back."""

    capture = forms.ChoiceField(label=_("Of which capture"), required=False)
    reason = forms.ChoiceField(label=_("Why"), choices=RefundReason.choices)

    def __init__(self, *args: Any, captures: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        if captures:
            choices = [("", _("the oldest first")), *captures]
            self.fields["capture"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        else:
            del self.fields["capture"]


class EvidenceForm(TicketForm):
    """What the shop says, and which of the files that were sent belong to it."""

    statement = forms.CharField(
        label=_("Why the payment was right"),
        help_text=_("In plain words, oldest first: what was bought, when it left, when it arrived."),
        max_length=MOST_STATEMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    carrier = forms.CharField(label=_("Who delivered"), max_length=100, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=100, required=False)
    shipped_on = forms.DateField(label=_("Sent on"), required=False, widget=DayInput)

    def facts(self) -> dict[str, str]:
        asked = self.cleaned_data
        sent = asked["shipped_on"]
        return {
            "statement": asked["statement"],
            "carrier": asked["carrier"],
            "tracking_number": asked["tracking_number"],
            "shipped_on": sent.isoformat() if sent else "",
        }


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("A file"),
        help_text=_("PDF, PNG, JPEG or plain text, up to 5 MiB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.txt,.csv"}),
    )


class OnceForm(forms.Form):
    """A form whose answer shows a secret."""

    number = forms.RegexField(_NUMBER, widget=forms.HiddenInput)


class KeyForm(OnceForm):
    label = forms.CharField(
        label=_("Name of the key"),
        help_text=_("Where it will be used, for instance “Shop server”."),
        max_length=60,
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one scope, and only from the list.")},
    )


class RollKeyForm(OnceForm):
    hours = forms.TypedChoiceField(
        label=_("The old key goes on working"),
        coerce=int,
        initial=24,
        choices=[(0, _("not at all")), (1, _("for one hour")), (24, _("for one day")), (72, _("for three days"))],
    )


class ReturnUrlForm(forms.Form):
    shop = forms.ChoiceField(label=_("Shop"))
    url = forms.CharField(
        label=_("Return URL"),
        help_text=_("Scheme, host and path are compared letter by letter; a query may differ each time."),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    def __init__(self, data: Any = None, *, shops: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["shop"].choices = shops  # type: ignore[attr-defined]  # a ChoiceField


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        help_text=_("https on port 443 or 8443. We POST here and read nothing but the status."),
        max_length=2_000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("What it hears"),
        help_text=_("Choose none to hear everything, later kinds too."),
        required=False,
        choices=[(name, name) for name in EVENT_TYPES],
        widget=forms.CheckboxSelectMultiple,
    )


class NewEndpointForm(OnceForm, EndpointForm):
    field_order = ["url", "event_types"]


class RangeForm(forms.Form):
    """Which days are told again; both count in full, in Tokyo."""

    # What is kept must be an instant that can be read again: the year 1 begins in Tokyo before it does in UTC.
    first = forms.DateField(label=_("From"), widget=DayInput, validators=[MinValueValidator(_FIRST_DAY)])
    last = forms.DateField(label=_("Until"), widget=DayInput)
    only_missed = forms.BooleanField(label=_("Only what did not arrive"), required=False, initial=True)

    def span(self) -> tuple[datetime, datetime]:
        return midnight(self.cleaned_data["first"]), midnight_after(self.cleaned_data["last"])


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.SUPPORT)
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=[("ja", "日本語"), ("en", "English")])


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
