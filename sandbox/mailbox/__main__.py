"""Run the mailbox: `python -m sandbox.mailbox`. Arguments default to what the launcher says."""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

from sandbox.instance import clock_file, number_from, own_folder, share_clock
from sandbox.mailbox.letters import Letters
from sandbox.mailbox.pages import mailbox_pages
from sandbox.mailbox.post import take_in_mail
from sandbox.web import listen, serve_until_told, set_up_logging


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mailbox", description="All mail that the instance sends.")
    parser.add_argument("--smtp-port", type=int, default=number_from("VAULTPAY_EMAIL_PORT", 8025))
    parser.add_argument("--http-port", type=int, default=number_from("VAULTPAY_MAILBOX_PORT", 8004))
    parser.add_argument("--state-dir", type=Path, default=own_folder("mailbox"), help="folder of the letters")
    parser.add_argument("--clock-file", type=Path, default=clock_file(), help="the instance's clock offset")
    arguments = parser.parse_args()

    set_up_logging("mailbox")
    share_clock(arguments.clock_file)
    letters = Letters(arguments.state_dir)
    try:
        asyncio.run(
            serve_until_told(
                partial(take_in_mail, letters, arguments.smtp_port),
                partial(listen, mailbox_pages(letters), arguments.http_port),
            )
        )
    except OSError as error:
        sys.exit(f"mailbox: cannot listen on 127.0.0.1: {error.strerror}")


if __name__ == "__main__":
    main()
