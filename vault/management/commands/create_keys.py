"""`manage.py create_keys`: make the safe's key file, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from vault.safe.keys import KeysUnusable, create_key_file


class Command(BaseCommand):
    help = "Create the safe's key file if there is none. Keep a copy of it apart from the database's backups."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = settings.KEK_FILE
        try:
            made = create_key_file(path)
        except (KeysUnusable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Created the key file {path}." if made else f"The key file {path} is there already.")
