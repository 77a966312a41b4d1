"""The message catalogues, compiled by Babel, so that nobody needs GNU gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from vaultpay.environment import ROOT


def compile_catalogues(folder: Path = ROOT / "locale") -> int:
    """Compile every catalogue that is newer than what was compiled from it; returns how many were."""
    stale = [source for source in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(source)]
    for source in stale:
        with source.open("rb") as read:
            catalogue = read_po(read)
        beside = source.with_suffix(".mo.new")
        with beside.open("wb") as write:
            write_mo(write, catalogue)
        beside.replace(source.with_suffix(".mo"))
    return len(stale)


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
