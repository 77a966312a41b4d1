"""Keep a line about a sign-in that succeeded: when, how, from where roughly, with what."""

import ipaddress
import re
from datetime import datetime
from typing import Final

from accounts.models import SignInRecord
from accounts.states import SignInMethod
from common.db import transaction

_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: each of the earlier ones calls itself some of the later ones too."""
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@transaction
def record_sign_in(*, user_id: str, method: SignInMethod, address: str, user_agent: str, now: datetime) -> SignInRecord:
    return SignInRecord.objects.create(
        user_id=user_id, method=method, network=shortened(address), device=in_words(user_agent), at=now
    )


def shortened(address: str) -> str:
    """The network that an address lies in: 24 bits of IPv4, 48 of IPv6. Empty for what is no address."""
    try:
        whole = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((whole, 24 if whole.version == 4 else 48), strict=False))


def in_words(user_agent: str) -> str:
    """What a person recognises ("Firefox, Windows"), and no more. Empty when neither is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if re.search(rf"\b{mark}\b", user_agent)), "")
    return ", ".join(part for part in (browser, system) if part)
