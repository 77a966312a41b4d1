"""What the pages below /docs show: samples, which the suite runs, word by word."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from django import template

register: Final = template.Library()

FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "api" / "samples"


@register.inclusion_tag("docs/sample.html")
def sample(name: str) -> dict[str, Any]:
    """A file of `docs/api/samples/`, to be copied."""
    return {"name": name, "id": f"sample-{name.replace('.', '-').replace('_', '-')}", "text": _samples()[name]}


@cache
def _samples() -> dict[str, str]:
    return {file.name: file.read_text().rstrip("\n") for file in FOLDER.iterdir() if file.is_file()}
