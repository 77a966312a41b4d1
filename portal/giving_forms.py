"""What the pages for gifts and families ask for. Only shapes are read here; the rules are those of `points`."""

import secrets
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import MOST_MINOR, Money, pts
from points.types import GIFT_MESSAGE_LENGTH

_FORM_NAME_LENGTH: Final = 40


class PointsField(forms.IntegerField):
    """A number of points, as people write it: 1,200 too."""

    def __init__(self, *, label: Any) -> None:
        super().__init__(
            label=label,
            min_value=1,
            max_value=MOST_MINOR,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            error_messages=dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"), _("Write a whole number of points.")
            ),
        )

    def to_python(self, value: Any) -> int | None:
        return super().to_python(str(value or "").strip().replace(",", ""))


class OnceForm(forms.Form):
    """A form with a name of its own: sent twice, it does what it did the first time."""

    asked_as = forms.CharField(max_length=_FORM_NAME_LENGTH, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **facts: Any) -> None:
        facts["initial"] = {"asked_as": secrets.token_urlsafe(16), **(facts.get("initial") or {})}
        super().__init__(*args, **facts)


class GiftForm(OnceForm):
    email = forms.EmailField(
        label=_("To whom"),
        help_text=_("Their e-mail address. Whether somebody here has it, you are not told."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    amount = PointsField(label=_("Points"))
    message = forms.CharField(
        label=_("Message"),
        help_text=_("They read it when they are signed in."),
        max_length=GIFT_MESSAGE_LENGTH,
        required=False,
    )

    @property
    def points(self) -> Money:
        return pts(self.cleaned_data["amount"])


class AmountForm(OnceForm):
    amount = PointsField(label=_("Points"))

    @property
    def points(self) -> Money:
        return pts(self.cleaned_data["amount"])


class FamilyForm(forms.Form):
    name = forms.CharField(label=_("Name of the family"), max_length=40)


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("Whether somebody here has it, you are not told. They see your name and the family’s."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
