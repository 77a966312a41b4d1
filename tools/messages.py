"""Sentences for people: collected from the code, kept in `locale/`, compiled, and checked. By Babel; needs no gettext.

`update` brings `locale/*/LC_MESSAGES/django.po` to what the code says now: new sentences come in empty, sentences that
nobody says any more go. Catalogues hold no line numbers, so that they change when a sentence does and not when a file
grows. `missing` (used by `make check` and the tests) lists what stands untranslated or with other placeholders.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

from vaultpay.translations import compile_catalogues

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALE: Final = ROOT / "locale"
_ELSEWHERE: Final = {".venv", ".vaultpay", "tests", "tools", "docs", "static", "node_modules"}
_KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_HOLES: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_NOISE: Final = tuple(
    f'"{name}:'
    for name in (
        "Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator",
        "Language-Team", "Generated-By",
    )
)  # fmt: skip


def main() -> int:
    match sys.argv[1:]:
        case ["update"]:
            for language in languages():
                update(language)
            compile_catalogues()
            return 0
        case ["missing"]:
            found = [f"{language}: {what}" for language in languages() for what in missing(language)]
            print("\n".join(found) or "Every sentence is translated.")
            return 1 if found else 0
        case _:
            print("python -m tools.messages update|missing", file=sys.stderr)
            return 2


def languages() -> list[str]:
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def catalogue_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalogue: Catalog) -> None:
    text = io.BytesIO()
    write_po(text, catalogue, sort_output=True, include_lineno=False, width=120)
    lines = text.getvalue().decode().splitlines(keepends=True)
    file = catalogue_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Dates and names of tools would change with every run and say nothing.
    file.write_text("".join(line for line in lines if not line.startswith(_NOISE)))


def update(language: str) -> None:
    """The code's sentences, each with the translation that it had."""
    before = read(language) if catalogue_file(language).exists() else Catalog(locale=language)
    after = Catalog(locale=language, project="VaultPay", charset="utf-8", fuzzy=False)
    after.header_comment = "# Every sentence that VaultPay says. English is in the code; this file says the rest."
    for message in collected():
        known = before.get(message.id, context=message.context)
        if known is not None:
            message.string = known.string
        after[message.id] = message
    write(language, after)


def collected() -> Iterator[Message]:
    """Every sentence in Python and in templates, once, with the files it stands in."""
    catalogue = Catalog()
    for file in sources():
        text = file.read_bytes()
        if file.suffix != ".py":
            text = _as_python(text.decode(), file)
        for _line, function, said, comments in extract_python(io.BytesIO(text), _KEYWORDS, ["Translators:"], {}):
            context, singular, plural = _read_call(function, said)
            if singular:
                where = [(str(file.relative_to(ROOT)), 0)]
                catalogue.add(
                    (singular, plural) if plural else singular, locations=where, auto_comments=comments, context=context
                )
    yield from (message for message in catalogue if message.id)


def sources() -> Iterator[Path]:
    for file in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.html"), *ROOT.rglob("*.txt")]):
        parts = file.relative_to(ROOT).parts
        if parts[0] in _ELSEWHERE or parts[0].startswith(".") or "migrations" in parts:
            continue
        if file.suffix == ".py" or "templates" in parts:
            yield file


def missing(language: str) -> list[str]:
    """What a reader of this language would not read in it, in words for a person."""
    known, found = read(language), []
    said = list(collected())
    for message in said:
        entry = known.get(message.id, context=message.context)
        name = message.id[0] if isinstance(message.id, tuple) else message.id
        if entry is None:
            found.append(f"not collected (make messages): {name!r}")
            continue
        texts = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if not all(texts) or not texts:
            found.append(f"not translated: {name!r}")
            continue
        if entry.fuzzy:
            found.append(f"marked as unsure: {name!r}")
        wanted = set(_HOLES.findall(" ".join(message.id) if isinstance(message.id, tuple) else message.id))
        found += [f"other placeholders: {name!r} → {text!r}" for text in texts if set(_HOLES.findall(text)) != wanted]
    now = {(message.id, message.context) for message in said}
    found += [
        f"said by nobody (make messages): {entry.id!r}"
        for entry in known
        if entry.id and (entry.id, entry.context) not in now
    ]
    return found


def _as_python(template: str, file: Path) -> bytes:
    """A template's `{% translate %}` and `{% blocktranslate %}` as calls that the extractor for Python understands."""
    import django  # noqa: PLC0415 (only templates need it)
    from django.conf import settings  # noqa: PLC0415
    from django.utils.translation.template import templatize  # noqa: PLC0415

    if not settings.configured:
        settings.configure()
        django.setup()
    # The indentation of HTML means nothing, and would mean something to the extractor.
    return "\n".join(line.strip() for line in templatize(template, origin=str(file)).splitlines()).encode()


def _read_call(function: str | None, said: Any) -> tuple[str | None, str, str]:
    """(context, singular, plural) of one call."""
    parts = list(said) if isinstance(said, tuple | list) else [said]
    context = parts.pop(0) if function and function.startswith(("pgettext", "npgettext")) else None
    plural = parts[1] if function and function.startswith(("ngettext", "npgettext")) else ""
    return context, parts[0] or "", plural or ""


if __name__ == "__main__":
    sys.exit(main())
