"""The card networks' rules on trying a declined card again. Pure.

Counted are an issuer's noes to one card at one shop. What was never sent, never heard of, or is still under way counts
nowhere. Whether the customer is there makes a difference to one rule only: a stopped series is what a shop asks for by
itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.clock import instant_text
from common.money import Money
from payments.card_check import Check, CheckLine, failed, passed
from payments.declines import Advice, DeclineFacts, Stop, decline_facts
from payments.states import Initiator

DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)
CAPS: Final = {"mastercard": ((10, DAY), (35, MONTH))}
OTHER_CAPS: Final = ((15, MONTH),)
"""So many noes in so long a time, for one card, shop and amount; then none until the oldest has grown old."""


class Rule(StrEnum):
    STOPPED = "stopped"
    """The issuer, or its customer there, stopped this shop or this series."""
    NEW_DATA = "new_data"
    """Not before the card's data have changed."""
    NEVER = "never"
    """Not this amount at this shop, at any time."""
    TOO_EARLY = "too_early"
    """The issuer said how long to wait."""
    TOO_OFTEN = "too_often"
    """The network's cap is reached."""


@dataclass(frozen=True, slots=True)
class EarlierNo:
    """One issuer's no to this card at this shop."""

    at: datetime
    amount: Money
    response_code: str
    advice_code: str

    def facts(self, brand: str) -> DeclineFacts:
        return decline_facts(self.response_code, brand=brand, advice_code=self.advice_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be tried now."""

    amount: Money
    brand: str
    initiator: str
    data_changed_at: datetime | None
    """When number or expiry of the card last changed here, as far as that is known."""


def look_at_retries(earlier: Iterable[EarlierNo], wish: Wish, *, now: datetime) -> CheckLine:
    """The strictest rule first. With a failed line comes `not_before`, where time alone will lift it."""
    here = [(no, no.facts(wish.brand)) for no in earlier]
    if any(_stops(facts, wish) for _no, facts in here):
        return failed(Check.RETRIES, rule=Rule.STOPPED)
    if any(facts.advice is Advice.NEW_DATA and _is_newer(no, wish) for no, facts in here):
        return failed(Check.RETRIES, rule=Rule.NEW_DATA)
    same = [(no, facts) for no, facts in here if no.amount == wish.amount]
    if any(facts.advice is Advice.NEVER for _no, facts in same):
        return failed(Check.RETRIES, rule=Rule.NEVER)
    until = max((no.at + facts.wait for no, facts in same if facts.wait), default=now)
    if until > now:
        return failed(Check.RETRIES, rule=Rule.TOO_EARLY, not_before=instant_text(until))
    moments = sorted(no.at for no, _facts in same)
    for most, span in CAPS.get(wish.brand, OTHER_CAPS):
        counted = [at for at in moments if at > now - span]
        if len(counted) >= most:
            until = counted[-most] + span
            return failed(Check.RETRIES, rule=Rule.TOO_OFTEN, not_before=instant_text(until), most=most)
    return passed(Check.RETRIES, tries=len([at for at in moments if at > now - MONTH]))


def _stops(facts: DeclineFacts, wish: Wish) -> bool:
    by_the_shop = wish.initiator == Initiator.MERCHANT
    return facts.stop is Stop.SHOP or (facts.stop is Stop.SERIES and by_the_shop)


def _is_newer(no: EarlierNo, wish: Wish) -> bool:
    return wish.data_changed_at is None or no.at >= wish.data_changed_at
