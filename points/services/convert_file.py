"""Take over a file of old balances that its merchant signed: all of it in one commit, or nothing.

The signature is looked at before anything is read. What an earlier file or call took over with the same facts is passed
over, so a file may be sent again, and a longer one may hold it; one that holds nothing new answers the earlier batch.

Refuses: ConversionFileTooLarge, SignatureNotSound, ConversionFileWrong (every line that does not fit),
ConversionsNotAllowed, ConversionLimitReached, MerchantNotFound.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from common.actors import Actor
from common.db import transaction
from common.ed25519 import is_signed_by
from common.money import Money, pts
from points.conversion_csv import MOST_BYTES, MOST_LINES, read_conversions_csv
from points.errors import ConversionFileTooLarge, ConversionFileWrong, SignatureNotSound
from points.models import ConversionKey, ConversionPermit, PointsConversion, PointsConversionBatch
from points.services._conversions import fault_of, known_of, permit_for, take_over
from points.types import ConversionLine, WrongLine


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What a file would do. It says nothing of anybody in it."""

    lines: int
    new: int
    new_points: Money
    """In yen: what moves from what the shop is owed to what is set aside."""


@transaction
def convert_file(
    *, merchant_id: str, content: bytes, signature: str, by: Actor, now: datetime
) -> PointsConversionBatch:
    key, permit, lines, known = _looked_through(merchant_id, content, signature, now=now)
    new = [line for line in lines if line.source_id not in known]
    if not new:
        return max((row.batch for row in known.values()), key=lambda batch: batch.id)
    digest = sha256(content).hexdigest()
    return take_over(permit, new, key_id=key.id, file_sha256=digest, by=by, now=now)


@transaction
def preview_file(*, merchant_id: str, content: bytes, signature: str, now: datetime) -> FilePreview:
    """The same looks and the same refusals, but for the month's limit, and nothing is written."""
    _key, _permit, lines, known = _looked_through(merchant_id, content, signature, now=now)
    new = [line for line in lines if line.source_id not in known]
    return FilePreview(len(lines), len(new), sum((line.points for line in new), start=pts(0)))


def _looked_through(
    merchant_id: str, content: bytes, signature: str, *, now: datetime
) -> tuple[ConversionKey, ConversionPermit, list[ConversionLine], dict[str, PointsConversion]]:
    if len(content) > MOST_BYTES:
        raise ConversionFileTooLarge(most_bytes=MOST_BYTES, most_lines=MOST_LINES)
    key = _signer(merchant_id, content, signature)
    lines, wrong = read_conversions_csv(content)
    permit = permit_for(merchant_id)
    known = known_of(merchant_id, lines)
    wrong += _faults(lines, known, permit, now=now)
    if wrong:
        raise ConversionFileWrong(sorted(wrong, key=lambda one: one.number))
    return key, permit, lines, known


def _signer(merchant_id: str, content: bytes, signature: str) -> ConversionKey:
    for key in ConversionKey.objects.filter(merchant_id=merchant_id, revoked_at__isnull=True).order_by("-id"):
        if is_signed_by(key.public_key, content=content, signature=signature):
            return key
    raise SignatureNotSound


def _faults(
    lines: Iterable[ConversionLine], known: dict[str, PointsConversion], permit: ConversionPermit, *, now: datetime
) -> list[WrongLine]:
    return [
        WrongLine(line.number, fault.field or "line", fault.code, str(fault))
        for line in lines
        if (fault := fault_of(line, known.get(line.source_id), permit, now=now))
    ]
