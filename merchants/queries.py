"""Questions about merchants, their shops, people and keys. None of them changes anything."""

from __future__ import annotations

import functools
import hmac
import operator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q

from common.functions import call_function, row_from_json
from common.ids import read_id
from merchants.errors import (
    ApiKeyNotFound,
    ApiRequestNotFound,
    MemberNotFound,
    MerchantNotFound,
    ShopNotFound,
    UnacceptableUrl,
)
from merchants.key_cache import recall, remember
from merchants.key_text import read_key_text
from merchants.models import ApiKey, ApiRequest, Member, Merchant, ReturnUrl, Shop
from merchants.states import MemberStatus, MerchantStatus, scopes_with_included
from merchants.types import KeyHolder, Membership
from merchants.web_addresses import read_web_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from accounts.models import User
    from merchants.types import RequestFilter


def merchant_by_id(merchant_id: str) -> Merchant:
    merchant = Merchant.objects.filter(pk=merchant_id).first()
    if merchant is None:
        raise MerchantNotFound
    return merchant


def merchants_that_left() -> list[str]:
    left = Merchant.objects.filter(status=MerchantStatus.LEFT)
    return list(left.order_by("id").values_list("id", flat=True))


def merchants_by_ids(merchant_ids: Iterable[str]) -> dict[str, Merchant]:
    return Merchant.objects.in_bulk(set(merchant_ids))


def merchant_by_api_key(text: str, now: datetime) -> KeyHolder | None:
    """Who holds this key; None for a wrong, cut, expired, revoked or unknown one, and for one of the other mode.

    A text that is no key costs no query. An answer may be up to five seconds old.
    """
    key_text = read_key_text(text, hmac_secret=settings.API_KEY_SECRET)
    if key_text is None or key_text.live != settings.LIVE:
        return None
    if holder := recall(key_text.digest, now=now):
        return holder
    key = _look_at_key(key_text.key_id)
    if key is None or not hmac.compare_digest(bytes(key.digest), key_text.digest) or not key.is_live(now=now):
        return None
    holder = KeyHolder(
        key_id=key.id, merchant=key.merchant, scopes=scopes_with_included(key.scopes), api_version=key.api_version
    )
    remember(key_text.digest, holder, expires_at=key.expires_at, now=now)
    return holder


def _look_at_key(key_id: str) -> ApiKey | None:
    """With its merchant. By a function of ours: a shop that asks now and then is looked up at every call."""
    found = call_function("merchants_look_at_key", {"key_id": str(read_id(key_id, prefix="key"))})
    if found is None:
        return None
    key = row_from_json(ApiKey, found["key"])
    key.merchant = read_merchant(found["merchant"])
    return key


def api_keys_of(merchant_id: str) -> list[ApiKey]:
    """All keys, newest first; dead ones too, because people look for the one that stopped working."""
    return list(ApiKey.objects.filter(merchant_id=merchant_id).order_by("-id"))


def api_key_of(merchant_id: str, key_id: str) -> ApiKey:
    key = ApiKey.objects.filter(merchant_id=merchant_id, pk=key_id).first()
    if key is None:
        raise ApiKeyNotFound
    return key


def api_request_of(merchant_id: str, request_id: str) -> ApiRequest:
    """Refuses ApiRequestNotFound for another merchant's as for none, and for one that is forgotten."""
    line = ApiRequest.objects.filter(merchant_id=merchant_id, pk=request_id).first()
    if line is None:
        raise ApiRequestNotFound
    return line


def api_requests_of(
    merchant_id: str, wanted: RequestFilter, *, starting_after: str = "", ending_before: str = "", limit: int = 25
) -> list[ApiRequest]:
    """At most `limit` lines of the request log, newest first; the cursors are ids of requests."""
    rows = ApiRequest.objects.filter(merchant_id=merchant_id)
    if wanted.text:
        rows = rows.filter(Q(pk=wanted.text) | Q(subject=wanted.text) | Q(idempotency_key=wanted.text))
    if wanted.path:
        rows = rows.filter(path__startswith=wanted.path)
    if wanted.code:
        rows = rows.filter(code=wanted.code)
    if len(wanted.status) == 1:
        rows = rows.filter(status__gte=int(wanted.status) * 100, status__lt=int(wanted.status) * 100 + 100)
    elif wanted.status:
        rows = rows.filter(status=int(wanted.status))
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        return list(rows.filter(pk__gt=ending_before).order_by("pk")[:limit])[::-1]
    return list(rows.order_by("-pk")[:limit])


def merchants_of_user(user: User) -> list[Membership]:
    """The teams in which this person is active, in the order of joining."""
    active = Member.objects.select_related("merchant").filter(user=user, status=MemberStatus.ACTIVE)
    return [Membership(member=member, merchant=member.merchant) for member in active.order_by("joined_at", "id")]


def member_of(user: User, merchant_id: str) -> Membership:
    """Refuses (MerchantNotFound) whoever is not in that team: the same answer as for no merchant at all."""
    active = Member.objects.select_related("merchant").filter(user=user, status=MemberStatus.ACTIVE)
    member = active.filter(merchant_id=merchant_id).first()
    if member is None:
        raise MerchantNotFound
    return Membership(member=member, merchant=member.merchant)


def members_of(merchant_id: str) -> list[Member]:
    """Active and invited people of a team."""
    return list(Member.objects.filter(merchant_id=merchant_id).exclude(status=MemberStatus.REMOVED))


def member_of_merchant(merchant_id: str, member_id: str) -> Member:
    present = Member.objects.filter(merchant_id=merchant_id).exclude(status=MemberStatus.REMOVED)
    member = present.filter(pk=member_id).first()
    if member is None:
        raise MemberNotFound
    return member


def shop_by_id(shop_id: str) -> Shop:
    shop = Shop.objects.select_related("merchant").filter(pk=shop_id).first()
    if shop is None:
        raise ShopNotFound
    return shop


def shop_of_merchant(merchant_id: str, shop_id: str) -> Shop:
    shop = Shop.objects.select_related("merchant").filter(merchant_id=merchant_id, pk=shop_id).first()
    if shop is None:
        raise ShopNotFound
    return shop


def shops_of(merchant_id: str) -> list[Shop]:
    return list(Shop.objects.filter(merchant_id=merchant_id))


def first_shops_of(merchant_ids: Iterable[str]) -> dict[str, Shop]:
    """The oldest shop of each of these merchants, in one query."""
    oldest = Shop.objects.filter(merchant_id__in=list(merchant_ids)).order_by("merchant_id", "id")
    return {shop.merchant_id: shop for shop in oldest.distinct("merchant_id")}


def shops_by_ids(shop_ids: Iterable[str]) -> dict[str, Shop]:
    return Shop.objects.select_related("merchant").in_bulk(set(shop_ids))


def open_shops(text: str = "", *, starting_after: str = "", ending_before: str = "", limit: int = 20) -> list[Shop]:
    """Where somebody can pay now, by name; at most `limit`. The cursors are ids of shops, open or not.

    `text` is found in names, the legal name and the address, in any case; of a whole address that was pasted, its host.
    A shop whose merchant was never admitted, is suspended or has left is not among them.
    """
    rows = Shop.objects.select_related("merchant").filter(merchant__status=MerchantStatus.ADMITTED)
    if wanted := _host_or_words(text):
        names = ("display_name", "origin", "merchant__display_name", "merchant__legal_name")
        rows = rows.filter(functools.reduce(operator.or_, (Q(**{f"{name}__icontains": wanted}) for name in names)))
    if not (place := starting_after or ending_before):
        return list(rows.order_by("display_name", "pk")[:limit])
    name = Shop.objects.filter(pk=place).values_list("display_name", flat=True).first()
    if name is None:
        return []
    if starting_after:
        rows = rows.filter(Q(display_name__gt=name) | Q(display_name=name, pk__gt=place))
        return list(rows.order_by("display_name", "pk")[:limit])
    rows = rows.filter(Q(display_name__lt=name) | Q(display_name=name, pk__lt=place))
    return list(rows.order_by("-display_name", "-pk")[:limit])[::-1]


def _host_or_words(text: str) -> str:
    _scheme, is_address, rest = text.strip().partition("://")
    return rest.partition("/")[0] if is_address else text.strip()


def return_urls_of(merchant_id: str) -> list[ReturnUrl]:
    return list(ReturnUrl.objects.select_related("shop").filter(merchant_id=merchant_id))


def shop_for_return_url(merchant_id: str, url: str) -> Shop | None:
    """The shop that registered this very address: same scheme, host, port and path. A query may differ."""
    try:
        address = read_web_address(url, loopback=settings.SANDBOX)
    except UnacceptableUrl:
        return None
    registered = ReturnUrl.objects.select_related("shop__merchant")
    found = registered.filter(merchant_id=merchant_id, url=address.without_query).first()
    return found.shop if found else None


def read_merchant(written: Mapping[str, Any]) -> Merchant:
    """The merchant that `merchants_look_at_merchant` answered."""
    return row_from_json(Merchant, written)
