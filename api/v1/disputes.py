"""Disputes: look, answer with evidence, give in."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.errors import UnacceptableInput
from api.fields import Choice, Day, Ids, Input, Instant, NoInput, Paragraphs, Text
from api.idempotency import idempotent
from api.pages import ListQuery, cursor_of, list_json
from api.parsers import file_parsers
from api.shapes import dispute_json
from api.views import MerchantView
from common import clock
from common.states import TransitionRefused
from payments import services as payments
from payments.errors import (
    AlreadyAnswered,
    DisputeDeadlinePassed,
    DisputeNotFound,
    EvidenceEmpty,
    EvidenceFileNotFound,
    EvidenceTooLarge,
    EvidenceTooMany,
    EvidenceTypeDiffers,
    EvidenceTypeNotAccepted,
    InquiryHasNothingToAccept,
)
from payments.evidence import ENDINGS
from payments.queries import dispute_of_merchant, disputes_of_merchant, evidence_file_snapshot
from payments.states import MOST_EVIDENCE_FILE_BYTES, MOST_EVIDENCE_FILES, MOST_STATEMENT, DisputeStatus

READ, WRITE = "disputes:read", "disputes:write"


class EvidenceInput(Input):
    statement = Paragraphs(
        most=MOST_STATEMENT, required=False, default="", help_text=_("Why the payment was right, in your own words.")
    )
    carrier = Text(most=100, required=False, default="", help_text=_("Who delivered."))
    tracking_number = Text(most=100, required=False, default="")
    shipped_on = Day(required=False, default=None, help_text=_("When the goods left."))
    refund = Text(most=64, required=False, default="", help_text=_("The refund that settled it, if there was one."))
    files = Ids(
        prefix="evd",
        most=MOST_EVIDENCE_FILES,
        required=False,
        default=list,
        help_text=_("Files that you sent."),
    )


DISPUTES = ListQuery(
    prefix="dsp",
    payment=Text(most=64, help_text=_("Disputes about this payment.")),
    status=Choice([str(one) for one in DisputeStatus], help_text=_("Disputes in this state.")),
    created_from=Instant(help_text=_("Opened at this instant or later.")),
    created_before=Instant(help_text=_("Opened before this instant.")),
)


class Disputes(MerchantView):
    """GET /v1/disputes."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("List disputes"), answer="DisputeList", query=DISPUTES)
    def get(self, request: MerchantRequest) -> Response:
        asked = DISPUTES.read(request)
        page = disputes_of_merchant(
            request.merchant.id,
            payment_id=asked.filters.get("payment", ""),
            statuses=[asked.filters["status"]] if "status" in asked.filters else (),
            created_from=asked.filters.get("created_from"),
            created_before=asked.filters.get("created_before"),
            cursor=cursor_of(asked),
        )
        return Response(list_json(request, asked, page.rows, dispute_json, has_more=page.has_more))


class OneDispute(MerchantView):
    """GET /v1/disputes/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a dispute"), answer="Dispute", refuses=(DisputeNotFound,))
    def get(self, request: MerchantRequest, dispute_id: str) -> Response:
        return Response(dispute_json(dispute_of_merchant(request.merchant.id, dispute_id)))


class EvidenceFiles(MerchantView):
    """POST /v1/disputes/{id}/files: the file is the body itself, so that it may be larger than JSON may be here."""

    permission_classes = (needs_scope(write=WRITE),)
    parser_classes = file_parsers(list(ENDINGS), most_bytes=MOST_EVIDENCE_FILE_BYTES)

    @described(
        _("Send a file of evidence"),
        about=_("Its type is what its bytes are. The same bytes again are the same file. Name it in your evidence."),
        upload=list(ENDINGS),
        answer="EvidenceFile",
        status=status.HTTP_201_CREATED,
        refuses=(
            DisputeNotFound,
            TransitionRefused,
            DisputeDeadlinePassed,
            EvidenceTypeNotAccepted,
            EvidenceTypeDiffers,
            EvidenceTooLarge,
            EvidenceTooMany,
        ),
    )
    def post(self, request: MerchantRequest, dispute_id: str) -> Response:
        dispute = dispute_of_merchant(request.merchant.id, dispute_id)
        name = request.query_params.get("name", "")
        if not 1 <= len(name) <= 255:
            detail = _("Must have {least} to {most} characters.").format(least=1, most=255)
            raise UnacceptableInput([{"field": "name", "code": "length", "message": detail}])
        sent: object = request.data
        content = sent if isinstance(sent, bytes) else b""
        file = payments.add_evidence_file(
            dispute_id=dispute.id, name=name, content=content, by=request.actor, now=clock.now()
        )
        return Response(evidence_file_snapshot(file), status=status.HTTP_201_CREATED)


class SubmitEvidence(MerchantView):
    """POST /v1/disputes/{id}/evidence."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Answer a dispute with evidence"),
        about=_("Once at each stage, before `respond_by`. A statement or a file is the least."),
        body=EvidenceInput,
        answer="Dispute",
        refuses=(
            DisputeNotFound,
            EvidenceFileNotFound,
            EvidenceEmpty,
            DisputeDeadlinePassed,
            AlreadyAnswered,
            TransitionRefused,
        ),
        example={
            "statement": "The glasses were handed over on 20 November; the slip is signed.",
            "carrier": "Yamato",
            "tracking_number": "4400-1234-5678",
            "shipped_on": "2026-11-18",
            "files": ["evd_01kb1tqg00e7xk4v2m9q8z5n3k"],
        },
    )
    @idempotent
    def post(self, request: MerchantRequest, dispute_id: str) -> Response:
        asked = EvidenceInput.read(request)
        dispute = dispute_of_merchant(request.merchant.id, dispute_id)
        payments.submit_evidence(
            dispute_id=dispute.id,
            facts={name: str(said) for name, said in asked.items() if name != "files" and said},
            file_ids=asked["files"],
            answer_id=request.effect_id("dan"),
            by=request.actor,
            now=clock.now(),
        )
        return Response(dispute_json(dispute_of_merchant(request.merchant.id, dispute.id)))


class AcceptDispute(MerchantView):
    """POST /v1/disputes/{id}/accept."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Give in"),
        about=_("The customer keeps the money. This cannot be taken back."),
        body=NoInput,
        answer="Dispute",
        refuses=(DisputeNotFound, InquiryHasNothingToAccept, DisputeDeadlinePassed, TransitionRefused),
    )
    @idempotent
    def post(self, request: MerchantRequest, dispute_id: str) -> Response:
        NoInput.read(request)
        dispute = dispute_of_merchant(request.merchant.id, dispute_id)
        payments.accept_dispute(dispute_id=dispute.id, by=request.actor, now=clock.now())
        return Response(dispute_json(dispute_of_merchant(request.merchant.id, dispute.id)))
