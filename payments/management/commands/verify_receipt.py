"""`manage.py verify_receipt`: whether a receipt is sound, with a file of public keys and nothing else.

It asks no database and no network: whoever has this program and the commerce's `jwks.json` can check what it once said.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.receipts import NotSound, split_copy, verify_chain, verify_receipt


class Command(BaseCommand):
    help = "Check signed receipts offline. FILE holds one receipt per line, the oldest first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="The receipt, or several, one per line.")
        parser.add_argument("--jwks", type=Path, required=True, metavar="FILE", help="The commerce's public keys.")
        parser.add_argument(
            "--chain",
            action="store_true",
            help="They are one customer's own copies: each must follow the one before it.",
        )

    def handle(self, *_args: Any, file: Path, jwks: Path, chain: bool, **_options: Any) -> None:
        receipts = [line.strip() for line in _text(file).splitlines() if line.strip()]
        if not receipts:
            raise CommandError(f"There is no receipt in {file}.")
        try:
            keys = json.loads(_text(jwks))
            said = (
                verify_chain(receipts, keys)
                if chain
                else [verify_receipt(split_copy(one)[0], keys) for one in receipts]
            )
        except NotSound as no:
            raise CommandError(f"Not sound: {no.why}.", returncode=1) from no
        except (ValueError, AttributeError) as error:
            raise CommandError(f"{jwks} is not a set of public keys.") from error
        for one in said:
            self.stdout.write(json.dumps(one, ensure_ascii=False, indent=1, sort_keys=True))
        whole = " and in one chain" if chain else ""
        self.stdout.write(self.style.SUCCESS(f"{len(said)} sound{whole}."))


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
