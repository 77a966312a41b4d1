"""Run the demo shops: `python -m sandbox.shops`. Each answers on a port of its own and knows only its own key."""

import argparse
import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from sandbox.instance import STATE, clock_file, own_folder, share_clock
from sandbox.shops.configuration import UnreadableConfiguration, configurations_in, read_configuration
from sandbox.shops.pages import shop_pages
from sandbox.web import listen, serve_until_told, set_up_logging


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.shops", description="Demo shops.")
    parser.add_argument("--config", type=Path, action="append", help="one shop's own JSON file; may be given again")
    parser.add_argument(
        "--demo-file",
        type=Path,
        default=Path(os.environ.get("VAULTPAY_DEMO_FILE") or STATE / "demo.json"),
        help="without --config: the instance's demo file, for all shops in it",
    )
    parser.add_argument("--state-dir", type=Path, default=own_folder("shops"), help="folder of the shops' orders")
    parser.add_argument("--clock-file", type=Path, default=clock_file(), help="the instance's clock offset")
    arguments = parser.parse_args()

    set_up_logging("shops")
    share_clock(arguments.clock_file)
    try:
        shops = (
            [read_configuration(file) for file in arguments.config]
            if arguments.config
            else list(configurations_in(arguments.demo_file, state_dir=arguments.state_dir))
        )
    except UnreadableConfiguration as error:
        sys.exit(f"shops: {error}")
    if not shops:
        sys.exit(f"shops: {arguments.demo_file} names no demo shop")
    try:
        asyncio.run(serve_until_told(*(partial(listen, shop_pages(shop), shop.port) for shop in shops)))
    except OSError as error:
        sys.exit(f"shops: cannot listen on 127.0.0.1: {error.strerror}")


if __name__ == "__main__":
    main()
