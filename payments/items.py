"""What is sold, line by line: as a shop names it, and as points count it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from common.text import clean_line

MOST_CHARACTERS: Final = {"name": 200, "sku": 64, "category": 64}
"""A shop's own number and kind of goods are left out where it names none."""


def clean_items(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As they are kept, and signed. Refuses (UnacceptableText) text that hides something."""
    return [
        {**item, **{name: clean_line(item[name], most) for name, most in MOST_CHARACTERS.items() if name in item}}
        for item in items
    ]


def items_sold(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For points: each line with its amount for the whole quantity; an empty text where the shop named nothing."""
    return [
        {
            "name": item["name"],
            "sku": item.get("sku", ""),
            "category": item.get("category", ""),
            "amount_minor": item["unit_amount"] * item["quantity"],
        }
        for item in items
    ]
