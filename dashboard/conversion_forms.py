"""The forms about a shop's old points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from points.conversion_queries import MOST_SIGNATURE


class ConversionFileForm(forms.Form):
    file = forms.FileField(
        label=_("The file"),
        help_text=_("CSV with the header source_id,email,points,expires_on; at most 5 MB and 50,000 lines."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    signature = forms.CharField(
        label=_("Its signature"),
        help_text=_("Ed25519, of exactly this file, as base64url."),
        max_length=MOST_SIGNATURE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    carried = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not said.get("file") and not said.get("carried"):
            self.add_error("file", _("Please choose a file."))
        return said


class SigningKeyForm(forms.Form):
    label = forms.CharField(
        label=_("Name of the key"),
        help_text=_("Where its private half lies, for instance “Back office”."),
        max_length=60,
    )
    public_key = forms.CharField(
        label=_("Public key"),
        help_text=_("Ed25519, as PEM. The private half never leaves you: do not paste it here."),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
