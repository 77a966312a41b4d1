"""Make a credential for a merchant's server.

Answers the row and the key's text. The text is shown to the person once and kept nowhere: the table holds its HMAC. In
a sandbox it begins with `vp_test_sk_`, in a live instance with `vp_live_sk_`. At most twenty keys of a merchant live.

Refuses: MerchantNotFound, UnknownScope, TooManyKeys, UnacceptableText.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Q

from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from common.text import clean_line
from events import services as events
from merchants.errors import TooManyKeys, UnknownScope
from merchants.key_text import digest_of, new_key_text, shown_prefix
from merchants.models import ApiKey, Merchant
from merchants.states import ALL_SCOPES, API_VERSION

MOST_LIVE: Final = 20


@transaction
def issue_api_key(  # noqa: PLR0913 (all named)
    *,
    merchant_id: str,
    label: str,
    scopes: Sequence[str],
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
    api_version: str = API_VERSION,
) -> tuple[ApiKey, str]:
    merchant = Merchant.locked(merchant_id)
    if not scopes or not set(scopes) <= set(ALL_SCOPES):
        raise UnknownScope
    live = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    if ApiKey.objects.filter(live, merchant=merchant).count() >= MOST_LIVE:
        raise TooManyKeys(most=MOST_LIVE)
    key_id = new_id("key")
    text = new_key_text(key_id=key_id, live=settings.LIVE)
    key = ApiKey.objects.create(
        id=key_id,
        merchant=merchant,
        label=clean_line(label, 60),
        prefix=shown_prefix(text),
        digest=digest_of(text, hmac_secret=settings.API_KEY_SECRET),
        scopes=sorted(set(scopes)),
        api_version=api_version,
        created_at=now,
        expires_at=expires_at,
    )
    facts = {"api_key": key.id, "label": key.label, "scopes": key.scopes}
    events.record_event("api_key.issued", subject=key.id, owner_ref=merchant.id, by=by, at=now, data=facts)
    events.write_audit("api_key.issued", subject=key.id, by=by, at=now, data=facts)
    return key, text
