"""What a demo shop knows: its own address, the commerce's public address, one secret key, one webhook secret."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.shops.catalogue import SHOPS, ShopFront

_MEMBERS: Final = {"name", "port", "base_url", "api_base", "secret_key", "webhook_secret", "return_url", "state_dir"}


class UnreadableConfiguration(ValueError):
    """A shop cannot start like this; the sentence says why."""


@dataclass(frozen=True, slots=True)
class ShopConfiguration:
    front: ShopFront
    port: int
    base_url: str
    api_base: str
    """The commerce's public origin; `/v1/…` comes after it."""
    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    return_url: str
    state_dir: Path


def read_configuration(file: Path) -> ShopConfiguration:
    """One shop, from a file that the launcher wrote for it."""
    said = _json(file)
    if lacking := _MEMBERS - said.keys():
        raise UnreadableConfiguration(f"{file} lacks {', '.join(sorted(lacking))}")
    front = SHOPS.get(said["name"])
    if front is None:
        raise UnreadableConfiguration(f"{file}: there is no demo shop called {said['name']!r}")
    return ShopConfiguration(
        front=front,
        port=int(said["port"]),
        base_url=said["base_url"].rstrip("/"),
        api_base=said["api_base"].rstrip("/").removesuffix("/v1"),
        secret_key=said["secret_key"],
        webhook_secret=said["webhook_secret"],
        return_url=said["return_url"],
        state_dir=Path(said["state_dir"]),
    )


def configurations_in(demo_file: Path, *, state_dir: Path) -> Iterator[ShopConfiguration]:
    """Every demo shop that the instance's demo file names. Where a shop answers follows from its return URL."""
    demo = _json(demo_file)
    for merchant in demo.get("merchants", []):
        front = SHOPS.get(merchant["name"])
        if front is None:
            continue
        address = urlsplit(merchant["return_url"])
        yield ShopConfiguration(
            front=front,
            port=address.port or 80,
            base_url=f"{address.scheme}://{address.netloc}",
            api_base=demo["base_url"].rstrip("/"),
            secret_key=merchant["secret_key"],
            webhook_secret=merchant["webhook_secret"],
            return_url=merchant["return_url"],
            state_dir=state_dir / front.slug,
        )


def _json(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UnreadableConfiguration(f"{file} cannot be read: {error}") from None
    if not isinstance(said, dict):
        raise UnreadableConfiguration(f"{file} is not a JSON object")
    return said
