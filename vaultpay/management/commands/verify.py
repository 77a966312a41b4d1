from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import clock
from common.findings import Finding
from events import services as events
from events.types import AuditHead
from payments.network_comparison import compare_with_network

Check = Callable[[datetime], list[Finding]]


class Command(BaseCommand):
    """Every room's `invariants.py`, asked at one instant. Ends with 1 when anything is wrong, and says what."""

    help = "Check the invariants of all rooms: books, audit chain, payments, points."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--audit-head",
            type=_audit_head,
            metavar="NUMBER:DIGEST",
            help="The head of the audit chain as an earlier run printed it: shows that nothing was cut off since.",
        )

        parser.add_argument(
            "--network-url",
            default="",
            metavar="URL",
            help="Where the sandbox's card network shows its own book: our payments must agree with it to the yen.",
        )

    def handle(self, *_args: Any, audit_head: AuditHead | None = None, network_url: str = "", **_options: Any) -> None:
        now = clock.now()
        findings: list[Finding] = []
        checks = [*_checks(), *([("payments.compare_with_network", _against(network_url))] if network_url else [])]
        for name, check in checks:
            found = check(now)
            findings += found
            self.stdout.write(f"{'wrong' if found else 'holds'}  {name}")
        # After the checks, which seal what is new.
        report = events.verify_audit(now=now, known_head=audit_head)
        findings += [finding for finding in report.findings if finding not in findings]
        self.stdout.write(f"{report.records} audit records, head {report.head}")
        if findings:
            raise CommandError("\n".join([f"{len(findings)} found wrong:", *map(str, findings)]), returncode=1)
        self.stdout.write(self.style.SUCCESS("All invariants hold."))


def _checks() -> Iterator[tuple[str, Check]]:
    for room in settings.ROOMS:
        if find_spec(f"{room}.invariants") is not None:
            for check in import_module(f"{room}.invariants").INVARIANTS:
                yield f"{room}.{check.__name__}", check


def _against(network_url: str) -> Check:
    def compare(_now: datetime) -> list[Finding]:
        try:
            answer = requests.get(f"{network_url.rstrip('/')}/charges", timeout=10)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise CommandError(f"The network's book cannot be read: {error}") from error
        return compare_with_network(answer.json()["data"])

    return compare


def _audit_head(text: str) -> AuditHead:
    number, _colon, digest = text.partition(":")
    return AuditHead(int(number), digest)
