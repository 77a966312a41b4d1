"""How the safe and its links to the card network are, for `/readyz` and the staff. Never raises."""

from dataclasses import asdict
from typing import Any

from common.db import outside_transaction
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask


@outside_transaction
def safe_health() -> dict[str, Any]:
    try:
        health = asdict(ask("safe_health"))
    except (NothingSent, NoAnswer) as silence:
        return {"ok": False, "network": False, "why": str(silence)}
    return {"ok": True, "network": health["links_signed_on"] > 0, **health}
