"""What a request tells of the browser that sent it: for the card's issuer, which asks for it in 3-D Secure."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from vault.types import BrowserFacts


def browser_facts(request: HttpRequest, screen: str = "") -> BrowserFacts:
    """`screen` is what the approval page's script read: depth of colour, height, width, minutes behind UTC."""
    headers = request.headers
    known = BrowserFacts(
        accept_header=headers.get("Accept", "")[:2_048],
        user_agent=headers.get("User-Agent", "")[:2_048],
        language=headers.get("Accept-Language", "").partition(",")[0].partition(";")[0][:35],
        ip=get_adapter().get_client_ip(request) or "",
    )
    if not screen:
        return known
    depth, height, width, behind = map(int, screen.split(","))
    return BrowserFacts(
        accept_header=known.accept_header,
        user_agent=known.user_agent,
        language=known.language,
        ip=known.ip,
        color_depth=depth,
        screen_height=height,
        screen_width=width,
        minutes_behind_utc=behind,
    )
