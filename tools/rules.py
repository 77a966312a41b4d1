"""House rules that no linter knows: no inline code in templates, vendored files, translations, made docs."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import django

ROOT: Final = Path(__file__).resolve().parent.parent
_VENDORS: Final = (ROOT / "static" / "vendor", ROOT / "tests" / "browser" / "vendor")
_VENDORED_FACTS: Final = {"path", "sha256", "licence", "origin", "version"}
_INLINE: Final = {
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*\btype=[\"']application/json[\"'])", re.IGNORECASE
    ),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: link": re.compile(r"javascript:", re.IGNORECASE),
    "something from elsewhere": re.compile(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
    ),
}


def inline_code() -> Iterator[str]:
    """Places in templates that our own policy would silence. Mails may carry `style`: their readers know no CSS."""
    for template in sorted(ROOT.rglob("*.html")):
        parts = template.relative_to(ROOT).parts
        if parts[0].startswith(".") or parts[0] == "static" or "templates" not in parts:
            continue
        text = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", template.read_text(), flags=re.DOTALL)
        for what, shape in _INLINE.items():
            if what == "an inline style" and "mail" in parts:
                continue
            for hit in shape.finditer(text):
                line = text.count("\n", 0, hit.start()) + 1
                yield f"{template.relative_to(ROOT)}:{line}: {what}: {hit.group().strip()[:60]}"


def vendored() -> Iterator[str]:
    """Files of others, in the product or in its tests, that are not what their list says, or that it does not know."""
    for folder in _VENDORS:
        yield from (f"{folder.relative_to(ROOT)}/{finding}" for finding in _vendored_in(folder))


def _vendored_in(folder: Path) -> Iterator[str]:
    listed = json.loads((folder / "vendor.json").read_text())
    for facts in listed:
        if lacking := _VENDORED_FACTS - facts.keys():
            yield f"vendor.json: {facts.get('path', '?')} lacks {', '.join(sorted(lacking))}"
            continue
        file = folder / facts["path"]
        if not file.exists():
            yield f"vendor.json: {facts['path']} is not there"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != facts["sha256"]:
            yield f"{facts['path']} is not the file that was recorded"
    known = {facts.get("path") for facts in listed} | {"vendor.json"}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != "LICENSE" and str(file.relative_to(folder)) not in known:
            yield f"{file.relative_to(folder)} is not in vendor.json"


def untranslated() -> Iterator[str]:
    from tools import messages  # noqa: PLC0415 (needs Django to be set up)

    for language in messages.languages():
        yield from (f"{language}: {what}" for what in messages.missing(language))


def stale_docs() -> Iterator[str]:
    from tools import docs  # noqa: PLC0415 (needs Django to be set up)

    for page in docs.PAGES:
        if not page.exists() or page.read_text() != docs.made(page):
            yield f"{page.relative_to(ROOT)} is not what the code says now: make docs"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaultpay.settings")
    django.setup()
    found = [finding for rule in (inline_code, vendored, untranslated, stale_docs) for finding in rule()]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
