"""Text from strangers, made inert: a line that is shown must not be able to act, to hide or to pose as another."""

import unicodedata
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal
from common.logs import mask_card_numbers

_INVISIBLE: Final = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d"
    "\u206e\u206f\u2800\u3164\ufe00\ufeff\uffa0"
)
"""Zero-width characters, bidirectional overrides and letters that are drawn as nothing."""
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LOOKALIKES: Final = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
"""Scripts whose letters pass for Latin ones. A word in one of them is fine; one that mixes them with Latin is not."""


class UnacceptableText(Refusal):
    """`field` names the member of the request when the caller knew it."""

    code, kind = "unacceptable_text", Kind.INVALID


class TextMissing(UnacceptableText):
    code = "text_missing"
    message = _("Please write something here.")


class TextTooLong(UnacceptableText):
    code = "text_too_long"
    message = _("Please use at most {most} characters.")


class TextHidesSomething(UnacceptableText):
    code = "text_hides_something"
    message = _("This text holds a character that cannot be seen or that changes how the rest is read.")


class NamePosesAsAnother(UnacceptableText):
    code = "name_poses_as_another"
    message = _("Please do not mix letters of different alphabets in one word.")


def clean_line(text: str, most: int, *, may_be_empty: bool = False) -> str:
    """`text` in one normal form (NFC), single spaces, no space around it.

    Refuses (UnacceptableText) control characters and line breaks, bidirectional overrides, zero-width and unassigned
    characters, and more than `most` characters.
    """
    # Looked at before anything is trimmed, or a line break at the end would pass as a space.
    if any(letter in _INVISIBLE or unicodedata.category(letter) in _REFUSED_CATEGORIES for letter in text):
        raise TextHidesSomething
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    if not clean and not may_be_empty:
        raise TextMissing
    if len(clean) > most:
        raise TextTooLong(most=most)
    return clean


def clean_name(text: str, most: int) -> str:
    """A name by which somebody is known: `clean_line`, and no word that mixes Latin letters with their lookalikes."""
    clean = clean_line(text, most)
    for word in clean.split():
        scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
        if "LATIN" in scripts and scripts.intersection(_LOOKALIKES):
            raise NamePosesAsAnother
    return clean


def inert_paragraphs(text: str) -> str:
    """Paragraphs of a stranger as they may be kept and shown: line ends stay, what cannot be seen or turns the reading
    round is left out, and a card number that somebody wrote is masked.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    seen = (
        "".join(
            letter
            for letter in unicodedata.normalize("NFC", line)
            if letter not in _INVISIBLE and unicodedata.category(letter) not in _REFUSED_CATEGORIES
        )
        for line in lines
    )
    return mask_card_numbers("\n".join(line.rstrip() for line in seen).strip())
