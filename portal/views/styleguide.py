"""Every component in every state, on one page. Sandbox only: the browser tests photograph it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.money import pts, yen
from portal.words import STATUSES

_SWATCHES: Final = [
    "paper", "paper-raised", "paper-sunk", "ink", "ink-soft", "ink-faint", "rule", "accent", "accent-wash", "wait",
    "wait-wash", "harm", "harm-wash",
]  # fmt: skip
_ICONS: Final = [
    "mark", "home", "receipt", "card", "leaf", "shop", "shield", "settings", "more", "check", "done", "clock", "close",
    "no", "alert", "info", "left", "right", "next", "plus", "passkey", "lock", "freeze", "bin", "star", "search", "out",
    "away", "mail", "return", "globe", "flask", "person", "people", "code", "key", "copy", "download", "chart", "bell",
    "calendar", "webhook", "dot", "hand",
]  # fmt: skip


class SampleForm(forms.Form):
    """One of each control, for looking at."""

    name = forms.CharField(label=_("Name of the card"), help_text=_("Only you see it."), max_length=40)
    shop = forms.ChoiceField(label=_("Shop"), choices=[("", _("All shops")), ("1", "Komorebi Glasses")], required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    default = forms.BooleanField(label=_("Use this card first"), required=False)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    wrong = SampleForm({"name": "x" * 60, "shop": "2"})
    wrong.add_error(None, _("The card network does not answer. Nothing was saved; please try again in a minute."))
    card = SimpleNamespace(brand="visa", last4="4242", exp_month=4, exp_year=2029, nickname="Everyday")
    return render(
        request,
        "public/styleguide.html",
        {
            "swatches": _SWATCHES,
            "icons": _ICONS,
            "kinds": _by_kind(),
            "form": SampleForm({"name": "Everyday", "shop": "1", "default": "on"}),
            "wrong": wrong,
            "card": card,
            "cards": [
                card,
                SimpleNamespace(brand="mastercard", last4="4444", exp_month=12, exp_year=2028, nickname="旅行用"),
                SimpleNamespace(brand="jcb", last4="0505", exp_month=1, exp_year=2030, nickname=""),
                SimpleNamespace(brand="amex", last4="0005", exp_month=7, exp_year=2031, nickname=""),
            ],
            "price": yen(12_800),
            "less": -yen(500),
            "some_points": pts(1_240),
            "at": datetime(2026, 11, 22, 9, 3, tzinfo=UTC),
            "months": [("6", 120, 0), ("7", 340, 0), ("8", 80, 40), ("9", 560, 0), ("10", 410, 0), ("11", 128, 300)],
            "trend": [("1", 4_200), ("2", 8_100), ("3", 7_400), ("4", 12_800), ("5", 9_900), ("6", 15_300)],
            "by_shop": [("Komorebi Glasses", 128_000), ("湖畔の硝子工房・琵琶湖ガラスアンドセラミックス本店", 9_800)],
            "page": SimpleNamespace(newer="a", older="b"),
        },
    )


def _by_kind() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, value in STATUSES:
        kinds.setdefault(kind, []).append(value)
    return kinds
