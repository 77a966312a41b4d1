"""The folder of evidence: one file per row, under the row's id, readable by nobody else. No name of a shop's is a path.

It lies outside everything that a web server shows (`EVIDENCE_DIR`); a file is read back against its digest.
"""

import os
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from common.ids import read_id


class EvidenceGone(Exception):
    """The file is not there, or is not what was put in. Always a fault of ours: restore it from a backup."""


def keep(evidence_id: str, content: bytes, *, now: datetime) -> None:
    """Whole or not at all: written beside, then renamed. Its age is counted on the house's clock."""
    path = _path(evidence_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    beside = path.with_suffix(".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.utime(beside, (now.timestamp(), now.timestamp()))
    beside.rename(path)


def read(evidence_id: str, *, sha256_hex: str) -> bytes:
    """Raises EvidenceGone."""
    try:
        content = _path(evidence_id).read_bytes()
    except OSError as error:
        raise EvidenceGone(evidence_id) from error
    if sha256(content).hexdigest() != sha256_hex:
        raise EvidenceGone(evidence_id)
    return content


def kept_before(moment: datetime) -> list[str]:
    """The names in the folder, leftovers of a crash too, that were written before this moment of the house's clock."""
    folder = Path(settings.EVIDENCE_DIR)
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    return sorted(path.name for path in found if path.stat().st_mtime < moment.timestamp())


def drop_leftover(name: str) -> None:
    """For what `kept_before` named, and no row knows."""
    Path(settings.EVIDENCE_DIR, Path(name).name).unlink(missing_ok=True)


def drop(evidence_id: str) -> None:
    """For a file whose row was not written after all."""
    with suppress(FileNotFoundError):
        _path(evidence_id).unlink()


def _path(evidence_id: str) -> Path:
    if read_id(evidence_id, prefix="evd") is None:
        raise EvidenceGone("not the id of a file")
    return Path(settings.EVIDENCE_DIR, evidence_id)
