"""Run directory and issuer: `python -m sandbox.threeds`. Arguments default to what the launcher says."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp

from common import clock
from sandbox.instance import clock_file, number_from, share_clock
from sandbox.threeds.issuer import Issuer
from sandbox.threeds.pages import threeds_pages
from sandbox.web import Stop, listen, serve_until_told, set_up_logging

log = logging.getLogger(__name__)

_SECONDS: Final = 10


def main() -> None:
    arguments = _arguments()
    set_up_logging("threeds")
    share_clock(arguments.clock_file)
    issuer = Issuer(
        clock=clock.now,
        send=_post,
        base_url=f"http://localhost:{arguments.port}",
        decoupled_seconds=arguments.decoupled_seconds,
        magic_amounts=arguments.magic_amounts,
    )
    try:
        asyncio.run(
            serve_until_told(
                partial(_tell_in_time, issuer),
                partial(listen, threeds_pages(issuer), arguments.port),
            )
        )
    except OSError as error:
        sys.exit(f"threeds: cannot listen on 127.0.0.1: {error.strerror}")


async def _tell_in_time(issuer: Issuer) -> Stop:
    task = asyncio.create_task(issuer.tell_when_due())

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return stop


async def _post(url: str, message: dict[str, Any]) -> Mapping[str, Any] | None:
    """To the commerce: results only, on this machine only."""
    limit = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(url, json=message, allow_redirects=False) as answer,
        ):
            said = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.warning("the commerce cannot be told: %s", type(error).__name__)
        return None
    return said if isinstance(said, dict) else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.threeds", description="A directory server and an issuer.")
    parser.add_argument("--port", type=int, default=number_from("VAULTPAY_THREEDS_PORT", 8005), help="HTTP")
    parser.add_argument(
        "--decoupled-seconds", type=float, default=30.0, help="when a decoupled result is told (default 30)"
    )
    parser.add_argument("--clock-file", type=Path, default=clock_file(), help="the instance's clock offset")
    parser.add_argument(
        "--magic-amounts",
        action="store_true",
        default=os.environ.get("SANDBOX_MAGIC_AMOUNTS", "").lower() in {"1", "true", "yes", "on"},
        help="¥990,001 to ¥990,099 run scenario 01 to 99 (SANDBOX_MAGIC_AMOUNTS)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
