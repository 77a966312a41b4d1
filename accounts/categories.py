"""What shops sell, in groups that a person can name: the card network's merchant category codes behind plain words.

Pure. A code is four digits (ISO 18245). A group is a set of codes and of ranges, both ends counted; a code may lie in
several groups, and in none.
"""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    GAMBLING = "gambling", _("Betting, lotteries and casinos")
    """Bets, lottery tickets and chips, also on the internet and by government."""
    ADULT = "adult", _("Adult services and dating")
    """Calls that cost by the minute, dating, escorts, massage parlors."""
    ALCOHOL_TOBACCO = "alcohol_tobacco", _("Bars, liquor and tobacco")
    """Places that mainly sell these; a restaurant that serves wine is not among them."""
    GAMES = "games", _("Games and arcades")
    """Digital games and what is bought inside them, arcades, amusement machines."""
    DIGITAL = "digital", _("Apps, music, films and other downloads")
    """Whatever arrives over the line, games too."""
    CASH_LIKE = "cash_like", _("Money transfers, crypto-assets and gift cards")
    """What is as good as cash and hard to get back: wires, stored value, foreign and crypto currency, pawn shops."""
    DIRECT_MARKETING = "direct_marketing", _("Mail order, telephone sales and subscriptions")
    """Sellers who call, send catalogues, or charge again and again."""
    TRAVEL = "travel", _("Flights, hotels and car hire")
    """Airlines, hotels and rental cars by name too: the codes 3000 to 3999."""
    RESTAURANTS = "restaurants", _("Restaurants and fast food")
    """Eating out, bars not counted."""


_CODES: Final[Mapping[Category, tuple[tuple[int, int], ...]]] = {
    Category.GAMBLING: ((7800, 7802), (7995, 7995), (9406, 9406), (9754, 9754)),
    Category.ADULT: ((5967, 5967), (7273, 7273), (7297, 7297)),
    Category.ALCOHOL_TOBACCO: ((5813, 5813), (5921, 5921), (5993, 5993)),
    Category.GAMES: ((5816, 5816), (7993, 7994)),
    Category.DIGITAL: ((5815, 5818),),
    Category.CASH_LIKE: ((4829, 4829), (5933, 5933), (6010, 6012), (6050, 6051), (6529, 6540)),
    Category.DIRECT_MARKETING: ((5960, 5966), (5968, 5969)),
    Category.TRAVEL: ((3000, 3999), (4411, 4411), (4511, 4511), (4722, 4723), (7011, 7012), (7512, 7519)),
    Category.RESTAURANTS: ((5811, 5812), (5814, 5814)),
}


def categories_of(code: str) -> frozenset[str]:
    """The groups that a merchant category code lies in; none for what is no such code."""
    if len(code) != 4 or not (code.isascii() and code.isdigit()):
        return frozenset()
    number = int(code)
    return frozenset(
        category.value for category, ranges in _CODES.items() if any(low <= number <= high for low, high in ranges)
    )
