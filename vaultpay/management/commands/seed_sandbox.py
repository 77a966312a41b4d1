import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import clock
from common.errors import Refusal


class Command(BaseCommand):
    """Run at every start of a sandbox, when the safe and the network host answer; running it again changes nothing."""

    help = "Make the sandbox's demo people, shops and first purchases, and write the demo file."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("Demo people belong to a sandbox.")
        from vaultpay.seeding import Addresses, seed  # noqa: PLC0415 (a live instance has no sandbox to import)

        env = settings.ENV
        addresses = Addresses(
            shops=tuple(env.shop_urls.split(",")),
            mailbox=env.mailbox_url,
            network=env.network_url,
            issuer=env.issuer_url,
        )
        demo_file = Path(os.environ.get("VAULTPAY_DEMO_FILE") or settings.STATE_DIR / "demo.json")
        try:
            seed(addresses=addresses, demo_file=demo_file, now=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal} ({refusal.code})") from refusal
