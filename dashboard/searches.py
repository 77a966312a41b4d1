"""How the lists of the shops' pages, and their files, are searched. What cannot be read filters nothing."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.forms import DayInput, midnight, midnight_after
from dashboard.words import EVENT_KINDS
from merchants.types import RequestFilter
from payments.states import DisputeStatus, GrantStatus, PaymentStatus
from payments.types import GrantFilter, PaymentFilter
from points.states import CampaignStatus
from webhooks.states import EVENT_TYPES, TellingStatus


class SearchField(forms.CharField):
    """Words to look for; `example` says which are found."""

    def __init__(self, example: Any, *, label: Any = None, most: int = 255) -> None:
        widget = forms.TextInput(attrs={"type": "search", "placeholder": example})
        super().__init__(label=label or _("Search"), required=False, max_length=most, widget=widget)


class StateField(forms.ChoiceField):
    """One of these states, or any."""

    def __init__(self, states: Any) -> None:
        super().__init__(label=_("State"), required=False, choices=[("", _("All states")), *states.choices])


class Search(forms.Form):
    def asked(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_bound and self.is_valid() else {}

    def kept(self) -> dict[str, str]:
        """The filters that are on, for the addresses of other pages and of the file."""
        return {name: str(value) for name, value in self.asked().items() if value}


class SearchByDay(Search):
    first = forms.DateField(label=_("From"), required=False, widget=DayInput)
    last = forms.DateField(label=_("Until"), required=False, widget=DayInput)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """From the first day to the last: both count in full, in Tokyo."""
        first, last = self.asked().get("first"), self.asked().get("last")
        return midnight(first) if first else None, midnight_after(last) if last else None


class PaymentSearch(SearchByDay):
    text = SearchField(_("Order number, payment id, text"))
    status = StateField(PaymentStatus)

    def wanted(self) -> PaymentFilter:
        asked, (begin, end) = self.asked(), self.span()
        return PaymentFilter(
            statuses=(asked["status"],) if asked.get("status") else (),
            created_from=begin,
            created_before=end,
            text=asked.get("text", ""),
        )


class GrantSearch(SearchByDay):
    text = SearchField(_("Your number, or the grant’s id"))
    status = StateField(GrantStatus)

    def wanted(self) -> GrantFilter:
        asked, (begin, end) = self.asked(), self.span()
        return GrantFilter(
            statuses=(asked["status"],) if asked.get("status") else (),
            created_from=begin,
            created_before=end,
            text=asked.get("text", ""),
        )


class DisputeSearch(SearchByDay):
    text = SearchField(_("Order number, dispute or case"))
    status = StateField(DisputeStatus)

    def wanted(self) -> dict[str, Any]:
        asked, (begin, end) = self.asked(), self.span()
        return {
            "text": asked.get("text", ""),
            "statuses": (asked["status"],) if asked.get("status") else (),
            "created_from": begin,
            "created_before": end,
        }


class CampaignSearch(Search):
    text = SearchField(_("Name, or the campaign’s id"), most=160)
    status = StateField(CampaignStatus)

    def wanted(self) -> dict[str, Any]:
        asked = self.asked()
        return {"text": asked.get("text", ""), "statuses": (asked["status"],) if asked.get("status") else ()}


class EventSearch(SearchByDay):
    type = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *((name, name) for name in EVENT_KINDS)]
    )
    subject = SearchField("pay_…", label=_("About"), most=80)

    def wanted(self) -> dict[str, Any]:
        asked, (begin, end) = self.asked(), self.span()
        return {
            "types": [asked["type"]] if asked.get("type") else (),
            "subject": asked.get("subject", ""),
            "since": begin,
            "until": end,
        }


class DeliverySearch(Search):
    status = StateField(TellingStatus)
    type = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *((name, name) for name in EVENT_TYPES)]
    )

    def wanted(self) -> dict[str, Any]:
        return {"status": self.asked().get("status", ""), "event_type": self.asked().get("type", "")}


class RequestSearch(SearchByDay):
    text = SearchField(_("Request-Id, Idempotency-Key or pay_…"))
    path = forms.CharField(
        label=_("Address begins with"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "/v1/payments"}),
    )
    status = forms.ChoiceField(
        label=_("Answer"),
        required=False,
        choices=[
            ("", _("All answers")),
            ("2", _("Done (2xx)")),
            ("4", _("Refused (4xx)")),
            ("5", _("Fault of ours (5xx)")),
            *((str(status), str(status)) for status in (200, 201, 202, 400, 403, 404, 409, 422, 429, 503)),
        ],
    )
    code = forms.CharField(
        label=_("Error code"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"placeholder": "invalid_request"}),
    )

    def wanted(self) -> RequestFilter:
        asked, (begin, end) = self.asked(), self.span()
        return RequestFilter(
            path=asked.get("path", ""),
            status=asked.get("status", ""),
            code=asked.get("code", ""),
            text=asked.get("text", ""),
            since=begin,
            until=end,
        )
