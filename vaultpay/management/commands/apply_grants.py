from typing import Any

from django.core.management.base import BaseCommand

from vaultpay.roles import apply_grants


class Command(BaseCommand):
    """Run as the owner of the tables, after every migration."""

    help = "Set what the roles vaultpay_app and vaultpay_safe may do, as the models ask; makes the roles if missing."

    def handle(self, **options: Any) -> None:
        for role, tables in apply_grants().items():
            if options["verbosity"] > 0:
                self.stdout.write(f"{role} may use {len(tables)} tables")
            if options["verbosity"] > 1:
                for table, rights in sorted(tables.items()):
                    self.stdout.write(f"  {table}: {', '.join(rights)}")
