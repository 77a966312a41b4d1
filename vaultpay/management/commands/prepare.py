from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from vaultpay.translations import compile_catalogues


class Command(BaseCommand):
    """Run as the owner of the tables, after every installation and upgrade; running it again changes nothing."""

    help = "Bring the database, its grants, the translations and the static files to where this version wants them."

    def handle(self, *_args: Any, **_options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("apply_grants", verbosity=0)
        compile_catalogues()
        if settings.SANDBOX:
            # An operator makes the safe's key by hand, with care for who holds it.
            call_command("create_keys")
        else:
            call_command("collectstatic", interactive=False, verbosity=0)
