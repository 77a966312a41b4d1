"""Have the safe make a new key that signs receipts from now on; answers the JWKS with it.

Refuses: ReceiptsUnavailable. When the answer did not come, a key may have been made all the same: that is harmless.
"""

import json
from datetime import datetime
from typing import Any

from common.db import outside_transaction
from vault.errors import ReceiptsUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask


@outside_transaction
def rotate_receipt_key(*, now: datetime) -> dict[str, Any]:
    try:
        keys: dict[str, Any] = json.loads(ask("rotate_receipt_key", now=now).jwks)
    except (NothingSent, NoAnswer) as silence:
        raise ReceiptsUnavailable from silence
    return keys
