"""The public keys of all receipts that were ever signed here, as JWKS; the newest, which signs, comes first.

Refuses: ReceiptsUnavailable.
"""

import json
from datetime import datetime
from typing import Any

from common.db import outside_transaction
from vault.errors import ReceiptsUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask


@outside_transaction
def receipt_keys(*, now: datetime) -> dict[str, Any]:
    try:
        keys: dict[str, Any] = json.loads(ask("receipt_keys", now=now).jwks)
    except (NothingSent, NoAnswer) as silence:
        raise ReceiptsUnavailable from silence
    return keys
