"""How a customer's history tells of gifts, of a family's pool, of a shop's old points and of what staff put right."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.queries import names_of_wallets
from merchants.queries import merchants_by_ids
from points.models import FamilyMove, PointsConversion, PointsGift
from points.states import Change, FamilyMoveKind, GiftStatus

MOVED: Final = (
    Q(source_ref__startswith="gft_")
    | Q(source_ref__startswith="fmv_")
    | Q(source_ref__startswith="adj_")
    | Q(source_ref__startswith="cnv_")
)
"""A change of a lot by which points came from, or went to, somebody else, or that staff made: its reference names the
gift, the move, the adjustment or the conversion.
"""

Told = dict[tuple[str, Change], str]


def sentences_for(wallet_id: str, moves: Collection[str]) -> Told:
    """By reference and direction, in the language of the moment. The other side is named only where both know each
    other: a gift that was accepted.
    """
    gifts = {ref: ref.partition(":")[0] for ref in moves if ref.startswith("gft_")}
    known = {gift.id: gift for gift in PointsGift.objects.filter(pk__in=set(gifts.values()))}
    found = {ref: known[gift_id] for ref, gift_id in gifts.items() if gift_id in known}
    wallets = [wallet for gift in known.values() for wallet in (gift.from_wallet_id, gift.to_wallet_id) if wallet]
    told: Told = dict(_of_families(ref for ref in moves if ref.startswith("fmv_")))
    for ref in moves:
        if ref.startswith("adj_"):
            told |= {(ref, change): _("Corrected by our staff") for change in (Change.EARNED, Change.TAKEN_BACK)}
    told.update(_of_conversions(ref for ref in moves if ref.startswith("cnv_")))
    if not found:
        return told
    names = names_of_wallets(wallets)
    for ref, gift in found.items():
        if gift.from_wallet_id == wallet_id:
            told[ref, Change.GIVEN] = _given(gift, names)
            told[ref, Change.EARNED] = _("Gift that came back")
        else:
            told[ref, Change.EARNED] = _("Gift from {name}").format(name=names.get(gift.from_wallet_id, "—"))
    return told


def _given(gift: PointsGift, names: dict[str, str]) -> str:
    if gift.status == GiftStatus.ACCEPTED:
        return _("Gift to {name}").format(name=names.get(gift.to_wallet_id or "", "—"))
    if gift.status == GiftStatus.PENDING:
        return _("Gift, not accepted yet")
    return _("Gift that was not accepted")


def _of_families(moves: Iterable[str]) -> Iterator[tuple[tuple[str, Change], str]]:
    for move in FamilyMove.objects.filter(pk__in=set(moves)):
        match move.kind:
            case FamilyMoveKind.DRAWN:
                yield (move.id, Change.EARNED), _("Drawn from the family’s pool")
            case FamilyMoveKind.RETURNED:
                yield (move.id, Change.EARNED), _("Back from the family’s pool")
            case FamilyMoveKind.PUT_IN | FamilyMoveKind.SHARED:
                yield (move.id, Change.GIVEN), _("Put into the family’s pool")


def _of_conversions(moves: Iterable[str]) -> Iterator[tuple[tuple[str, Change], str]]:
    shops = dict(PointsConversion.objects.filter(pk__in=set(moves)).values_list("id", "merchant_id"))
    merchants = merchants_by_ids(set(shops.values()))
    for conversion_id, merchant_id in shops.items():
        told = _("Old points of {shop}").format(shop=merchants[merchant_id].display_name)
        yield (conversion_id, Change.EARNED), told
