"""What the pages of points campaigns ask for: terms as a shop's people think of them, and `Terms` as the verbs do."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.money import MOST_MINOR, Money, pts, yen
from common.text import UnacceptableText, clean_line
from dashboard.forms import DayInput, TicketForm
from points.campaigns import MOST_BASIS_POINTS, Terms
from points.states import CampaignKind, Combining, Weekday

MOST_NAMED: Final = 100
MOST_PURCHASES: Final = 1_000_000_000
USUAL_DAYS: Final = 90
_NUMERIC: Final = {"inputmode": "numeric"}
_FIELD_OF: Final = {"ends_before": "last_day"}
"""Where a refusal is shown whose field has another name here."""


def _whole(label: Any, *, most: int = MOST_MINOR, help_text: Any = "", least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs=_NUMERIC),
    )


class _NamesField(forms.CharField):
    """Names, one on each line; empty lines count for nothing."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(required=False, max_length=MOST_NAMED * 66, widget=widget, **options)

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        names = tuple(dict.fromkeys(line for line in lines if line))
        if len(names) > MOST_NAMED:
            raise ValidationError(_("Please name at most %(most)s.") % {"most": MOST_NAMED})
        return tuple(_inert(name, 64) for name in names)


class CampaignForm(TicketForm):
    """Terms of a campaign. The kind says which of rate and points counts; the other one is left aside."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    """Which version somebody looked at when they began to change it."""
    name = forms.CharField(
        label=pgettext_lazy("campaign", "Name"), help_text=_("For you and your team, and on your customers’ pages.")
    )
    kind = forms.ChoiceField(label=_("What it gives"), choices=CampaignKind.choices)
    rate = forms.DecimalField(
        label=_("Percent of what the card pays"),
        help_text=_("On top of the base rate, rounded down to whole points. One purchase gives back 20 % at most."),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(MOST_BASIS_POINTS).scaleb(-2),
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    points = _whole(_("Points for each purchase"), help_text=_("At most a fifth of the minimum spend."))
    minimum_spend = _whole(
        _("Minimum spend in yen"), help_text=_("So much of what counts must be paid by card."), least=0
    )
    combining = forms.ChoiceField(label=_("Beside your other campaigns"), choices=Combining.choices)
    skus = _NamesField(label=_("Only these items (SKU)"), help_text=_("One on each line; empty means all."))
    categories = _NamesField(label=_("Only these categories"), help_text=_("One on each line; empty means all."))
    first_purchase_only = forms.BooleanField(
        label=_("Only a customer’s first purchase"),
        help_text=_("Whoever has bought nothing from you before."),
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on these days"),
        help_text=_("Choose none for every day."),
        required=False,
        coerce=lambda day: Weekday(int(day)),
        choices=Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    starts_on = forms.DateField(
        label=_("First day"), help_text=_("Empty: it begins when you start it."), required=False, widget=DayInput
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("It still counts, in full, in Tokyo."),
        required=False,
        widget=DayInput,
        validators=[MaxValueValidator(date(2999, 12, 30))],  # the day after it is one that a campaign may end with
    )
    budget = forms.IntegerField(
        label=_("Budget in yen"),
        help_text=_("The most that it may cost you: one point is one yen. It stops by itself there."),
        min_value=1,
        max_value=MOST_MINOR,
        widget=forms.NumberInput(attrs=_NUMERIC),
    )
    most_points_per_customer = _whole(_("Most points for one customer"))
    most_purchases_per_customer = _whole(_("Most purchases of one customer"), most=MOST_PURCHASES)
    most_purchases = _whole(_("Most purchases in all"), most=MOST_PURCHASES)
    days = forms.TypedChoiceField(
        label=_("Tried on the purchases of"),
        coerce=int,
        initial=USUAL_DAYS,
        required=False,
        choices=[(30, _("the last 30 days")), (90, _("the last 90 days")), (365, _("the last 365 days"))],
    )

    def __init__(self, *args: Any, has_begun: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["starts_on"].disabled = has_begun

    def clean_name(self) -> str:
        return _inert(self.cleaned_data["name"], 80)

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = self.cleaned_data
        wanted = "rate" if asked.get("kind") == CampaignKind.RATE else "points"
        if asked.get(wanted) is None and wanted not in self.errors:
            self.add_error(wanted, gettext("Please write how much it gives."))
        return asked

    def terms(self) -> Terms:
        asked = self.cleaned_data
        is_rate, last = asked["kind"] == CampaignKind.RATE, asked["last_day"]
        return Terms(
            name=asked["name"],
            kind=CampaignKind(asked["kind"]),
            rate_basis_points=int(asked["rate"].scaleb(2)) if is_rate else None,
            points=None if is_rate else pts(asked["points"]),
            minimum_spend=yen(asked["minimum_spend"] or 0),
            skus=asked["skus"],
            categories=asked["categories"],
            first_purchase_only=asked["first_purchase_only"],
            starts_on=asked["starts_on"],
            ends_before=last and last + timedelta(days=1),
            weekdays=tuple(sorted(asked["weekdays"])),
            most_points_per_customer=_points(asked["most_points_per_customer"]),
            most_purchases_per_customer=asked["most_purchases_per_customer"],
            most_purchases=asked["most_purchases"],
            budget=yen(asked["budget"]),
            combining=Combining(asked["combining"]),
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show what was refused beside the field that it is about."""
        field = _FIELD_OF.get(refusal.field or "", refusal.field)
        is_seen = field in self.fields and not self[field].is_hidden
        self.add_error(field if is_seen else None, str(refusal))

    def wrong(self) -> Sequence[tuple[str, str]]:
        """(label, what is wrong) of each field that is, for those who do not see the fields at the moment."""
        return [
            ("" if name == "__all__" else str(self.fields[name].label), str(text))
            for name, errors in self.errors.items()
            for text in errors
        ]


def written(terms: Terms) -> dict[str, Any]:
    """The same terms as the form shows them."""
    rate, most = terms.rate_basis_points, terms.most_points_per_customer
    return {
        "name": terms.name,
        "kind": terms.kind,
        "rate": None if rate is None else Decimal(rate).scaleb(-2).normalize(),
        "points": None if terms.points is None else terms.points.minor,
        "minimum_spend": terms.minimum_spend.minor or None,
        "skus": "\n".join(terms.skus),
        "categories": "\n".join(terms.categories),
        "first_purchase_only": terms.first_purchase_only,
        "starts_on": terms.starts_on,
        "last_day": terms.ends_before and terms.ends_before - timedelta(days=1),
        "weekdays": [int(day) for day in terms.weekdays],
        "most_points_per_customer": None if most is None else most.minor,
        "most_purchases_per_customer": terms.most_purchases_per_customer,
        "most_purchases": terms.most_purchases,
        "budget": terms.budget.minor,
        "combining": terms.combining,
    }


def _points(count: int | None) -> Money | None:
    return None if count is None else pts(count)


def _inert(line: str, most: int) -> str:
    try:
        return clean_line(line, most)
    except UnacceptableText as refusal:
        raise ValidationError(str(refusal)) from None
