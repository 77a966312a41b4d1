"""Disputes: the list with its deadlines, one with its whole story, answering it, and giving in."""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from dashboard.forms import EvidenceForm, FileForm, TicketForm
from dashboard.guards import MemberRequest, member_required
from dashboard.once import effect_of, effect_ticket
from dashboard.searches import DisputeSearch
from dashboard.views._answers import answer, see_other, ways
from merchants.states import May
from payments import services as payments
from payments.evidence_http import evidence_answer
from payments.queries import dispute_of_merchant, disputes_of_merchant, evidence_file_of_merchant
from payments.states import MOST_EVIDENCE_FILE_BYTES, MOST_EVIDENCE_FILES, DisputeStatus
from payments.types import Cursor

if TYPE_CHECKING:
    from payments.models import Dispute


@require_safe
@member_required(May.DISPUTES_READ)
def listed(request: MemberRequest) -> HttpResponse:
    form = DisputeSearch(request.GET or None)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""))
    found = disputes_of_merchant(request.merchant.id, **form.wanted(), cursor=cursor)
    kept = form.kept()
    facts = {
        "form": form,
        "disputes": found.rows,
        "page": ways(
            found.rows,
            has_more=found.has_more,
            starting_after=cursor.starting_after,
            ending_before=cursor.ending_before,
        ),
        "query": urlencode(kept),
        "filtered": bool(kept),
        "now": clock.now(),
        "soon": clock.now() + timedelta(days=2),
    }
    return answer(request, "disputes", facts)


@require_safe
@member_required(May.DISPUTES_READ)
def one(request: MemberRequest, dispute_id: str) -> HttpResponse:
    return _shown(request, dispute_id)


@require_POST
@member_required(May.DISPUTES_WRITE)
def add_file(request: MemberRequest, dispute_id: str) -> HttpResponse:
    """One file at a time, so that a refusal names the file that it is about."""
    dispute = dispute_of_merchant(request.merchant.id, dispute_id)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            payments.add_evidence_file(
                dispute_id=dispute.id,
                name=sent.name or "",
                content=sent.read(MOST_EVIDENCE_FILE_BYTES + 1),
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The file is kept. It belongs to your answer when you send that."))
            return see_other(request, "dispute", dispute.id)
    return _shown(request, dispute_id, file_form=form)


@require_safe
@member_required(May.DISPUTES_READ)
def file(request: MemberRequest, dispute_id: str, file_id: str) -> HttpResponse:
    found = evidence_file_of_merchant(request.merchant.id, dispute_id, file_id)
    return evidence_answer(found, payments.read_evidence_file(file=found, by=request.actor, now=clock.now()))


@require_POST
@member_required(May.DISPUTES_WRITE)
def submit(request: MemberRequest, dispute_id: str) -> HttpResponse:
    """Pressing twice answers once: the form names the answer."""
    dispute = dispute_of_merchant(request.merchant.id, dispute_id)
    form = EvidenceForm(request.POST)
    answer_id = effect_of(form.data.get("ticket", ""), request, "dan", about=dispute.id)
    if form.is_valid() and not answer_id:
        form.add_error(None, _("The form was too old. Nothing was done; please try again."))
    if form.is_valid():
        try:
            payments.submit_evidence(
                dispute_id=dispute.id,
                facts=form.facts(),
                file_ids=request.POST.getlist("files")[: MOST_EVIDENCE_FILES + 1],
                answer_id=answer_id,
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your answer is on its way."))
            return see_other(request, "dispute", dispute.id)
    return _shown(request, dispute_id, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.DISPUTES_WRITE)
def accept(request: MemberRequest, dispute_id: str) -> HttpResponse:
    """One page that says what it means, and one button: it cannot be taken back."""
    dispute = dispute_of_merchant(request.merchant.id, dispute_id)
    form = TicketForm(request.POST) if request.method == "POST" else None
    refusal = ""
    if form is not None:
        try:
            payments.accept_dispute(dispute_id=dispute.id, by=request.actor, now=clock.now())
        except Refusal as refused:
            if refused.kind is Kind.NOT_FOUND:
                raise
            refusal = str(refused)
        else:
            messages.success(request, _("Accepted. The customer keeps the amount."))
            return see_other(request, "dispute", dispute.id)
    return answer(request, "dispute_accept", {"dispute": dispute, "refusal": refusal}, refused=bool(refusal))


def _shown(
    request: MemberRequest, dispute_id: str, *, form: EvidenceForm | None = None, file_form: FileForm | None = None
) -> HttpResponse:
    dispute = dispute_of_merchant(request.merchant.id, dispute_id)
    now = clock.now()
    in_time = dispute.status == DisputeStatus.NEEDS_RESPONSE and not dispute.is_overdue(now=now)
    files = sorted(dispute.files.all(), key=lambda kept: kept.id)
    facts = {
        "dispute": dispute,
        "payment": dispute.payment,
        "may_answer": in_time and request.can["disputes_write"],
        "overdue": dispute.status == DisputeStatus.NEEDS_RESPONSE and dispute.is_overdue(now=now),
        "days_left": (dispute.respond_by - now).days if dispute.respond_by and in_time else None,
        "files": [(kept, _belongs_to(dispute, kept.id)) for kept in files],
        "answers": sorted(dispute.answers.all(), key=lambda given: given.id),
        "changes": dispute.changes.order_by("version"),
        "form": form or EvidenceForm(initial={"ticket": effect_ticket(request, "dan", about=dispute.id)}),
        "file_form": file_form or FileForm(),
    }
    refused = bool((form and form.errors) or (file_form and file_form.errors))
    return answer(request, "dispute", facts, refused=refused)


def _belongs_to(dispute: "Dispute", file_id: str) -> bool:
    """Whether the file was sent with an answer already."""
    return any(file_id in given.file_ids for given in dispute.answers.all())
