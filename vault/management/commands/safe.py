"""`manage.py safe`: the process that holds the keys, opens cards and speaks to the card network."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from vault.safe.keys import KeysUnusable
from vault.safe.process import CannotOpen, run_safe


class Command(BaseCommand):
    help = "Run the safe until it is told to stop."
    requires_system_checks = ["vault"]

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            run_safe(announce=self._announce)
        except (KeysUnusable, CannotOpen) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The safe cannot use its database: {error}") from error

    def _announce(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
