"""`manage.py conversions allow|stop MERCHANT --by STAFF --reason WHY`: may its old points be taken over?

Only on the operator's own machine: it creates a debt of the merchant. Both are written into the audit chain.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from common.actors import Actor
from common.errors import Refusal
from common.ids import read_id
from common.money import pts
from points import services as points


class Command(BaseCommand):
    help = "Allow a merchant to have its old points taken over, within limits, or stop it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["allow", "stop"])
        parser.add_argument("merchant")
        parser.add_argument("--by", required=True, help="who of the staff decided it: stf_…")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--most-each", type=int, default=100_000, help="points of one conversion")
        parser.add_argument("--most-per-month", type=int, default=1_000_000, help="points in a month of Tokyo's")

    def handle(self, *_args: Any, **asked: Any) -> None:
        if read_id(asked["by"], prefix="stf") is None:
            raise CommandError("--by is the id of a person of the staff: stf_…")
        if not 1 <= asked["most_each"] <= asked["most_per_month"] <= 1_000_000_000:
            raise CommandError("The limits must be above zero, and the month's not below that of one.")
        told: dict[str, Any] = {
            "merchant_id": asked["merchant"],
            "reason": asked["reason"],
            "by": Actor(asked["by"]),
            "now": clock.now(),
        }
        try:
            if asked["act"] == "stop":
                points.stop_conversions(**told)
            else:
                most, in_month = pts(asked["most_each"]), pts(asked["most_per_month"])
                points.allow_conversions(most_each=most, most_per_month=in_month, **told)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Written down.")
