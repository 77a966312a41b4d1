"""Every address that the product answers, read from the URL configuration itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """`name` is what `reverse` takes; `pattern` is the address with the names of its places, `/cards/<card_id>`."""

    name: str
    pattern: str
    places: tuple[str, ...]

    @property
    def noun(self) -> tuple[str, str] | None:
        """Room and noun, for staff's pages about a noun."""
        found = re.match(r"/staff/(\w+)/(\w+)/", self.pattern)
        return (found[1], found[2]) if found else None


def all_routes() -> list[Route]:
    return list(_below(get_resolver(), "", "", ()))


def _below(resolver: URLResolver, prefix: str, namespace: str, places: tuple[str, ...]) -> Iterator[Route]:
    for one in resolver.url_patterns:
        here, inside = prefix + str(one.pattern), (*places, *one.pattern.converters, *one.pattern.regex.groupindex)
        if isinstance(one, URLResolver):
            below = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _below(one, here, below, inside)
        elif isinstance(one, URLPattern):
            yield Route(f"{namespace}{one.name or one.lookup_str}", f"/{here}", tuple(dict.fromkeys(inside)))
