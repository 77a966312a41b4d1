"""Letters as they came in, the last 500 of them, in a file of JSON lines."""

import contextlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

KEPT: Final = 500
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")
_CODE_ALONE: Final = re.compile(r"^[ \t]*([0-9A-Z]{3,8}(?:-[0-9A-Z]{3,8}){0,2})[ \t]*$", re.MULTILINE)
_CODE_INLINE: Final = re.compile(r"(?<![\w-])(\d{4}-\d{4})(?![\w-])")
_CODE_IN_SUBJECT: Final = re.compile(r"(?<![\w-])(\d{6}|\d{8}|[0-9A-Z]{4}-[0-9A-Z]{4})(?![\w-])")


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    to: list[str]
    sender: str
    subject: str
    text: str
    html: str
    received_at: str
    """An instant, as ISO 8601 in UTC."""

    @property
    def code(self) -> str | None:
        """The sign-in code: on a line of its own, or else in its dashed form in the text, or in the subject."""
        alone = (code for code in _CODE_ALONE.findall(self.text) if "-" in code or code.isdigit())
        if found := next(alone, None):
            return str(found)
        inline = _CODE_INLINE.search(self.text) or _CODE_IN_SUBJECT.search(self.subject)
        return inline[1] if inline else None

    @property
    def links(self) -> list[str]:
        """Every address to click, once, in the order of the text and then of the HTML."""
        from_text = [link.rstrip(".,;:!?)]」。、") for link in _LINK.findall(self.text)]
        return list(dict.fromkeys([*from_text, *_links_in_html(self.html)]))

    def as_json(self) -> dict[str, Any]:
        facts = asdict(self)
        facts["from"] = facts.pop("sender")
        return {**facts, "links": self.links, "code": self.code}


def read_letter(raw: bytes, *, recipients: Sequence[str], at: datetime) -> Letter:
    """The letter in these bytes. `recipients` are the envelope's: they say who gets it, whatever the headers say."""
    message = message_from_bytes(raw, policy=policy.default)
    return Letter(
        id=secrets.token_hex(8),
        to=list(recipients),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or "").strip(),  # a folded one begins with the space of its second line
        text=_body(message, "plain"),
        html=_body(message, "html"),
        received_at=at.astimezone(UTC).isoformat(),
    )


class Letters:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "letters.jsonl"
        self._letters: list[Letter] = []
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        for line in lines:
            with contextlib.suppress(json.JSONDecodeError):  # a kill may have cut the last one off
                self._letters.append(Letter(**json.loads(line)))
        if len(self._letters) < len(lines) or len(self._letters) > KEPT:
            self._keep_the_newest()

    def add(self, letter: Letter) -> None:
        self._letters.append(letter)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(letter), ensure_ascii=False) + "\n")
        if len(self._letters) > KEPT + 100:
            self._keep_the_newest()

    def newest_first(self, *, to: str = "") -> list[Letter]:
        wanted = to.strip().lower()
        rows = reversed(self._letters[-KEPT:])
        return [letter for letter in rows if not wanted or wanted in (address.lower() for address in letter.to)]

    def find(self, letter_id: str) -> Letter | None:
        return next((letter for letter in self._letters if letter.id == letter_id), None)

    def burn(self) -> None:
        self._letters.clear()
        self._keep_the_newest()

    def _keep_the_newest(self) -> None:
        self._letters = self._letters[-KEPT:]
        beside = self._file.with_suffix(".new")
        beside.write_text("".join(json.dumps(asdict(letter), ensure_ascii=False) + "\n" for letter in self._letters))
        beside.replace(self._file)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).strip() if part is not None else ""


def _links_in_html(html: str) -> list[str]:
    class Anchors(HTMLParser):
        found: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            address = dict(attrs).get("href") or ""
            if tag == "a" and address.startswith(("https://", "http://")):
                self.found.append(address)

    anchors = Anchors()
    anchors.found = []
    anchors.feed(html)
    return anchors.found
