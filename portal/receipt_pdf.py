"""The receipt as PDF: what the signed statements say, and how to check them. The one place that knows the PDF library.

Nothing is shipped but names of fonts: Latin letters stand in one of the fourteen that every reader of PDFs has,
Japanese in one of those that readers bring along. Not all of these have Latin letters, so a line uses both.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table

from accounts.types import BRAND_NAMES
from common.clock import TOKYO
from payments.card_check import sentence
from portal.words import RECEIPT_TITLES

if TYPE_CHECKING:
    from merchants.models import Shop
    from payments.models import Payment
    from portal.shapes import Item
    from portal.views.receipts import Stated

_LATIN: Final = "Helvetica"
_JAPANESE: Final = "HeiseiKakuGo-W5"
_INK: Final = Color(0.11, 0.13, 0.18)
_SOFT: Final = Color(0.36, 0.38, 0.43)
_WIDTH: Final = A4[0] - 44 * mm

pdfmetrics.registerFont(UnicodeCIDFont(_JAPANESE))


def receipt_pdf(
    *, payment: "Payment", shop: "Shop", items: "Sequence[Item]", stated: "Sequence[Stated]", language: str
) -> bytes:
    """One A4 page, or more where there are many statements."""
    paper = BytesIO()
    with translation.override(language):
        title = _("Receipt {id}").format(id=payment.id)
        document = SimpleDocTemplate(
            paper,
            pagesize=A4,
            leftMargin=22 * mm,
            rightMargin=22 * mm,
            topMargin=20 * mm,
            bottomMargin=18 * mm,
            title=title,
            author=settings.COMMERCE["name"],
            lang=language,
        )
        document.build([*_head(payment, shop), *_items(items), *_statements(stated), *_proof(stated)])
    return paper.getvalue()


def _head(payment: "Payment", shop: "Shop") -> Iterator[Any]:
    yield _line(settings.COMMERCE["name"], size=10, soft=True)
    yield _line(_("Receipt"), size=22)
    yield Spacer(0, 3 * mm)
    yield _line(shop.display_name, size=13)
    yield _line(f"{shop.merchant.legal_name} · {shop.origin}", size=9, soft=True)
    yield Spacer(0, 5 * mm)
    card = f"{BRAND_NAMES.get(payment.card_brand, payment.card_brand)} •••• {payment.card_last4}"
    yield _table(
        [
            (_("Amount"), str(payment.amount)),
            *([(_("Points used"), f"{payment.points_minor:,}")] if payment.points_minor else []),
            *([(_("Card"), card)] if payment.card_brand else []),
            (_("Shop’s order number"), payment.merchant_reference),
            (_("Reference"), payment.id),
        ]
    )


def _items(items: "Sequence[Item]") -> Iterator[Any]:
    if items:
        yield from _part(_("What you bought"))
        yield _table([(f"{item.name} × {item.quantity}", str(item.amount)) for item in items])


def _statements(stated: "Sequence[Stated]") -> Iterator[Any]:
    yield from _part(_("What happened"))
    for one in stated:
        yield _line(str(RECEIPT_TITLES[one.receipt.kind]), size=11)
        rows = [(_("When"), _("{at} (Tokyo)").format(at=_when(one.at)))]
        if one.outcome:
            rows.append((_("Outcome for the shop"), one.outcome))
        if one.amount is not None:
            rows.append((_("Amount"), str(one.amount)))
        if one.points:
            rows.append((_("Of it with points"), f"{one.points:,}"))
        if (promise := one.said.get("authorization")) and promise["network_reference"]:
            rows.append((_("Reference of the card network"), promise["network_reference"]))
        rows.append((_("Receipt"), one.receipt.id))
        yield _table(rows)
        if one.checks:
            yield _line(_("What was checked"), size=9)
            yield _table([(str(line.check.label), f"{line.outcome.label} · {sentence(line)}") for line in one.checks])
        yield Spacer(0, 3 * mm)


def _proof(stated: "Sequence[Stated]") -> Iterator[Any]:
    yield from _part(_("What this proves"))
    yield _line(
        _(
            "{commerce} signed each statement above when it happened. Anybody can check the signature without asking "
            "us, with the public keys at {url}/.well-known/jwks.json; the signed file is on the payment’s page. Each "
            "statement names the one before it, so none can be taken out or changed later."
        ).format(commerce=settings.COMMERCE["name"], url=settings.BASE_URL),
        size=9,
        soft=True,
    )
    yield Spacer(0, 2 * mm)
    for one in stated:
        yield _line(f"{one.receipt.id} · SHA-256 {one.receipt.hash}", size=7, soft=True)


def _part(title: str) -> Iterator[Any]:
    yield Spacer(0, 6 * mm)
    yield HRFlowable(width="100%", thickness=0.4, color=_SOFT)
    yield Spacer(0, 2 * mm)
    yield _line(title, size=12)
    yield Spacer(0, 1 * mm)


def _table(rows: Sequence[tuple[str, str]]) -> Table:
    cells = [[_line(name, size=9, soft=True), _line(value, size=9, right=True)] for name, value in rows]
    return Table(cells, colWidths=[_WIDTH * 0.45, _WIDTH * 0.55], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _when(at: datetime) -> str:
    return date_format(at.astimezone(TOKYO), "Y年n月j日 H:i" if get_language() == "ja" else "j M Y, H:i")


def _line(text: str, *, size: float, soft: bool = False, right: bool = False) -> Paragraph:
    """A paragraph. Whatever a shop wrote is text here, never markup."""
    style = ParagraphStyle(
        "line",
        fontName=_LATIN,
        fontSize=size,
        leading=size * 1.5,
        textColor=_SOFT if soft else _INK,
        wordWrap="CJK" if get_language() == "ja" else None,
        **({"alignment": TA_RIGHT} if right else {}),
    )
    runs = ((font, "".join(letters)) for font, letters in groupby(text, key=_font_of))
    return Paragraph("".join(f'<font name="{font}">{escape(run)}</font>' for font, run in runs), style)


def _font_of(letter: str) -> str:
    return _LATIN if letter.encode("cp1252", "ignore") else _JAPANESE
