"""Run the network host: `python -m sandbox.network`. Arguments default to what the launcher says."""

import argparse
import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from common import clock
from sandbox.instance import clock_file, number_from, own_folder, share_clock
from sandbox.network.book import Book
from sandbox.network.host import Host
from sandbox.network.pages import network_pages
from sandbox.web import Stop, listen, serve_until_told, set_up_logging


def main() -> None:
    arguments = _arguments()
    set_up_logging("network")
    share_clock(arguments.clock_file)
    host = Host(
        book=Book(arguments.state_dir),
        clock=clock.now,
        total_seconds=arguments.total_seconds,
        magic_amounts=arguments.magic_amounts,
    )
    try:
        asyncio.run(
            serve_until_told(
                partial(_listen_for_links, host, arguments.port),
                partial(listen, network_pages(host), arguments.http_port),
            )
        )
    except OSError as error:
        sys.exit(f"network: cannot listen on 127.0.0.1: {error.strerror}")


async def _listen_for_links(host: Host, port: int) -> Stop:
    server = await asyncio.start_server(host.serve, "127.0.0.1", port)
    telling = asyncio.create_task(host.tell_for_ever())

    async def stop() -> None:
        telling.cancel()
        server.close()
        await host.close()
        await server.wait_closed()

    return stop


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.network", description="A small card network.")
    parser.add_argument("--port", type=int, default=number_from("VAULTPAY_NETWORK_ADDRESS", 8583), help="TCP, ISO 8583")
    parser.add_argument(
        "--http-port", type=int, default=number_from("VAULTPAY_NETWORK_BOOK_PORT", 8003), help="/charges"
    )
    parser.add_argument(
        "--state-dir", type=Path, default=own_folder("network"), help="folder of the network's own book"
    )
    parser.add_argument("--total-seconds", type=float, default=20.0, help="the connector's time limit (default 20)")
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
