"""`manage.py rotate_receipt_key`: let the safe make a new key that signs receipts from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from common.actors import SYSTEM
from payments import services as payments
from vault.errors import ReceiptsUnavailable


class Command(BaseCommand):
    help = "Make a new key for receipts. Old receipts stay sound: their keys stay in /.well-known/jwks.json."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            kid = payments.rotate_receipt_key(by=SYSTEM, now=clock.now())
        except ReceiptsUnavailable as refusal:
            raise CommandError("The safe does not answer. Nothing was changed that would matter.") from refusal
        self.stdout.write(f"Receipts are signed with {kid} from now on.")
