"""A shop's old points: what was taken over, a signed file looked at before it is, and the keys that sign."""

import zlib
from base64 import b64decode, b64encode
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Refusal
from dashboard.conversion_forms import ConversionFileForm, SigningKeyForm
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer, see_other
from merchants.states import May
from points import services as points
from points.conversion_csv import MOST_BYTES
from points.conversion_queries import (
    batches_of,
    conversion_key_of,
    conversion_keys_of,
    left_this_month,
    permit_of,
    sums_of,
)
from points.errors import ConversionFileWrong

MOST_CARRIED: Final = 160_000
"""A file that is longer than this when packed does not travel with the form: it is chosen again to confirm."""
MOST_SHOWN: Final = 100
"""So many wrong lines stand on the page; the API names all."""


@require_safe
@member_required(May.POINTS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    now = clock.now()
    permit, batches = permit_of(request.merchant.id), batches_of(request.merchant.id)
    sums = sums_of(batches, now=now)
    facts = {
        "permit": permit if permit and permit.is_open else None,
        "left": left_this_month(permit, now=now) if permit else None,
        "batches": [(batch, sums.get(batch.id)) for batch in batches],
        "keys": conversion_keys_of(request.merchant.id),
    }
    return answer(request, "conversions", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(May.POINTS_WRITE)
def upload(request: MemberRequest) -> HttpResponse:
    """First a look at the sums, then the same file again, which its signature holds together."""
    if request.method != "POST":
        return answer(request, "conversion_upload", {"form": ConversionFileForm()})
    form = ConversionFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return answer(request, "conversion_upload", {"form": form}, refused=True)
    sent, signature = form.cleaned_data["file"], form.cleaned_data["signature"]
    content = sent.read(MOST_BYTES + 1) if sent else _unpacked(form.cleaned_data["carried"])
    now = clock.now()
    facts: dict[str, Any] = {"form": form}
    try:
        if form.cleaned_data["confirmed"]:
            batch = points.convert_file(
                merchant_id=request.merchant.id, content=content, signature=signature, by=request.actor, now=now
            )
            messages.success(
                request,
                ngettext("{count} balance is taken over.", "{count} balances are taken over.", batch.count).format(
                    count=f"{batch.count:,}"
                ),
            )
            return see_other(request, "conversions")
        facts["preview"] = points.preview_file(
            merchant_id=request.merchant.id, content=content, signature=signature, now=now
        )
    except ConversionFileWrong as refusal:
        facts |= {"wrong": refusal.lines[:MOST_SHOWN], "more_wrong": max(len(refusal.lines) - MOST_SHOWN, 0)}
        form.add_error(None, str(refusal))
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    else:
        packed = b64encode(zlib.compress(content)).decode()
        facts["carried"] = packed if len(packed) <= MOST_CARRIED else ""
        return answer(request, "conversion_confirm", facts)
    return answer(request, "conversion_upload", facts, refused=True)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.SIGNING_KEYS_WRITE)
def register_key(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return answer(request, "signing_key_new", {"form": SigningKeyForm()})
    form = SigningKeyForm(request.POST)
    if form.is_valid():
        try:
            points.register_conversion_key(
                merchant_id=request.merchant.id,
                public_key_pem=form.cleaned_data["public_key"],
                label=form.cleaned_data["label"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The key is registered. Files that it signs are taken from now on."))
            return see_other(request, "conversions")
    return answer(request, "signing_key_new", {"form": form}, refused=True)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.SIGNING_KEYS_WRITE)
def revoke_key(request: MemberRequest, signing_key_id: str) -> HttpResponse:
    key = conversion_key_of(request.merchant.id, signing_key_id)
    if request.method != "POST":
        return answer(request, "signing_key_revoke", {"key": key})
    points.revoke_conversion_key(merchant_id=request.merchant.id, key_id=key.id, by=request.actor, now=clock.now())
    messages.success(
        request, _("“{label}” is revoked: no file that it signs is taken any more.").format(label=key.label)
    )
    return see_other(request, "conversions")


def _unpacked(carried: str) -> bytes:
    """What the form carried; of what was changed on the way the signature does not hold, so nothing is trusted here."""
    try:
        return zlib.decompressobj().decompress(b64decode(carried, validate=True), MOST_BYTES + 1)
    except (ValueError, zlib.error):
        return b""
