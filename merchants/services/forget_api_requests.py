"""Forget requests that are older than the instance keeps them, at most `limit` at a time; returns how many.

The trigger of the table lets rows go to nobody else.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from common.db import transaction

_FORGET: Final = """
DELETE FROM merchants_apirequest WHERE id IN (SELECT id FROM merchants_apirequest WHERE at < %s LIMIT %s)
"""


@transaction
def forget_api_requests(*, now: datetime, limit: int = 10_000) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL vaultpay.forgets = 'merchants_apirequest'")
        cursor.execute(_FORGET, [now - timedelta(days=settings.REQUEST_LOG_DAYS), limit])
        forgotten: int = cursor.rowcount
    return forgotten
