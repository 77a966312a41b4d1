"""A file of evidence as it leaves the house: never shown in a page, never under a name or a type of the shop's."""

from typing import TYPE_CHECKING

from django.http import HttpResponse

from payments.evidence import ENDINGS, TEXT

if TYPE_CHECKING:
    from payments.models import EvidenceFile


def evidence_answer(file: "EvidenceFile", content: bytes) -> HttpResponse:
    media_type = f"{file.media_type}; charset=utf-8" if file.media_type == TEXT else file.media_type
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{file.id}.{ENDINGS[file.media_type][0]}"'
    # Should a browser open it in spite of all, it can do nothing there.
    response["Content-Security-Policy"] = (
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; sandbox"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response
