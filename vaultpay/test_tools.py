"""The test helpers as pages, in a sandbox only: break the card network, set the clock forward, be the issuer.

They stand on the roof like the calls below /v1/test_helpers, and ask the network host in the same way. Whoever may
issue an API key may call those, so the same people see these.
"""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.errors import Refusal
from common.money import MOST_MINOR
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer, away
from merchants.states import May
from payments.queries import dispute_of_merchant, payment_of_merchant
from payments.states import DisputeReason, DisputeStage
from vaultpay.played_network import REASON_CODES, NetworkNotPlayed, ask_network, heard_of, open_case
from vaultpay.test_helpers import MOST_FAULT_SECONDS, MOST_SECONDS

app_name: Final = "test_tools"
_SECONDS_OF: Final = {"minutes": 60, "hours": 3_600, "days": 86_400}
_HEALED: Final = {"silence_seconds": 0, "refuse_links_seconds": 0, "heal": True}


class FaultsForm(forms.Form):
    silence_seconds = forms.IntegerField(
        label=_("Seconds without an answer"),
        help_text=_("Payments stay in processing meanwhile, and the janitor asks what became of them."),
        min_value=0,
        max_value=MOST_FAULT_SECONDS,
        required=False,
    )
    refuse_links_seconds = forms.IntegerField(
        label=_("Seconds without a link"),
        help_text=_("The network takes no connection, so nothing can be asked of it."),
        min_value=0,
        max_value=MOST_FAULT_SECONDS,
        required=False,
    )
    drop_links = forms.BooleanField(
        label=_("Cut the lines now"), help_text=_("What is on its way loses its answer."), required=False
    )


class ClockForm(forms.Form):
    count = forms.IntegerField(label=_("How much later"), min_value=1, max_value=1_000, initial=1)
    unit = forms.ChoiceField(
        label=_("Minutes, hours or days"),
        choices=[
            ("minutes", pgettext_lazy("clock", "minutes")),
            ("hours", pgettext_lazy("clock", "hours")),
            ("days", pgettext_lazy("clock", "days")),
        ],
        initial="hours",
    )

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = self.cleaned_data
        if not self.errors and self.seconds > MOST_SECONDS:
            self.add_error("count", gettext("At most a year at once."))
        return asked

    @property
    def seconds(self) -> int:
        return int(self.cleaned_data["count"]) * _SECONDS_OF[self.cleaned_data["unit"]]


class CaseForm(forms.Form):
    payment = forms.CharField(label=_("Payment"), max_length=40, help_text=_("pay_…, captured, and paid by card."))
    stage = forms.ChoiceField(
        label=_("How it begins"),
        choices=[(stage.value, stage.label) for stage in (DisputeStage.CHARGEBACK, DisputeStage.INQUIRY)],
    )
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[(one.value, one.label) for one in DisputeReason if one.value in REASON_CODES]
    )
    amount = forms.IntegerField(
        label=_("Amount in yen"),
        help_text=_("Left out: all that was captured by card."),
        min_value=1,
        max_value=MOST_MINOR,
        required=False,
    )


class DecisionForm(forms.Form):
    dispute = forms.CharField(label=_("Dispute"), max_length=40, help_text=_("dsp_…, as in its address."))
    outcome = forms.ChoiceField(
        label=_("The issuer decides"),
        choices=[
            ("won", _("You were right: the money comes back to you")),
            ("lost", _("The customer was right")),
            ("closed", _("The case is closed without a decision")),
            ("pre_arbitration", _("The case goes on to a second stage")),
        ],
    )


@require_safe
@member_required(May.KEYS_WRITE)
def show(request: MemberRequest) -> HttpResponse:
    return _shown(request)


@require_POST
@member_required(May.KEYS_WRITE)
def break_network(request: MemberRequest) -> HttpResponse:
    form = FaultsForm(request.POST)
    if form.is_valid():
        asked = {name: value for name, value in form.cleaned_data.items() if value is not None}
        try:
            ask_network("faults", {**asked, "heal": False})
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The card network does as you asked, for all shops of this sandbox."))
            return away("test_tools:show", request.merchant.id)
    return _shown(request, faults=form)


@require_POST
@member_required(May.KEYS_WRITE)
def heal_network(request: MemberRequest) -> HttpResponse:
    """Also what test cards play on purpose, until the network is broken again."""
    form = FaultsForm({})
    try:
        ask_network("faults", _HEALED)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _shown(request, faults=form)
    messages.success(request, gettext("The card network is well again."))
    return away("test_tools:show", request.merchant.id)


@require_POST
@member_required(May.KEYS_WRITE)
def advance_clock(request: MemberRequest) -> HttpResponse:
    form = ClockForm(request.POST)
    if form.is_valid():
        clock.advance(form.seconds)
        messages.success(
            request, gettext("It is later now, in the whole sandbox. What is due happens when its timer runs next.")
        )
        return away("test_tools:show", request.merchant.id)
    return _shown(request, clock_form=form)


@require_POST
@member_required(May.KEYS_WRITE)
def open_dispute(request: MemberRequest) -> HttpResponse:
    """As the issuer; the dispute is ours as soon as its notice has come over the link."""
    form = CaseForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        amount = {"amount": asked["amount"]} if asked["amount"] else {}
        try:
            payment = payment_of_merchant(request.merchant.id, asked["payment"].strip())
            case = open_case(payment, {"stage": asked["stage"], "reason": REASON_CODES[asked["reason"]], **amount})
            dispute = heard_of(request.merchant.id, case_ref=case["reference"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The issuer opened a case about this payment."))
            return away("dashboard:dispute", request.merchant.id, dispute.id)
    return _shown(request, case=form)


@require_POST
@member_required(May.KEYS_WRITE)
def decide_dispute(request: MemberRequest) -> HttpResponse:
    form = DecisionForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            dispute = dispute_of_merchant(request.merchant.id, asked["dispute"].strip())
            ask_network(f"cases/{dispute.case_ref}/close", {"outcome": asked["outcome"]})
            heard_of(request.merchant.id, case_ref=dispute.case_ref, after_version=dispute.version)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The issuer decided."))
            return away("dashboard:dispute", request.merchant.id, dispute.id)
    return _shown(request, decision=form)


def _shown(
    request: MemberRequest,
    *,
    faults: FaultsForm | None = None,
    clock_form: ClockForm | None = None,
    case: CaseForm | None = None,
    decision: DecisionForm | None = None,
) -> HttpResponse:
    try:
        network = ask_network("faults", {})
    except NetworkNotPlayed:
        network = None
    facts = {
        "network": network,
        "now": clock.now(),
        "is_ahead": bool(clock.offset()),
        "faults": faults or FaultsForm(),
        "clock_form": clock_form or ClockForm(),
        "case": case or CaseForm(initial={"payment": request.GET.get("payment", "")}),
        "decision": decision or DecisionForm(initial={"dispute": request.GET.get("dispute", "")}),
    }
    return answer(request, "test_tools", facts, refused=any((faults, clock_form, case, decision)))


urlpatterns = [
    path("", show, name="show"),
    path("network/break", break_network, name="break"),
    path("network/heal", heal_network, name="heal"),
    path("clock/advance", advance_clock, name="clock"),
    path("disputes/open", open_dispute, name="open"),
    path("disputes/decide", decide_dispute, name="decide"),
]
