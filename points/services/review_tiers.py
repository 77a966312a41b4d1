"""Write down what each wallet bought in the year that is over, and the tier that this gave for the year to come.

Page by page, one statement each: it may stop anywhere and go on later, and twice is harmless. A row that is there is
put right while refunds of the old year still come in. Answers how many wallets were looked at.
"""

from datetime import datetime
from typing import Final

from common.clock import business_date
from common.db import outside_transaction
from common.functions import call_function
from points.models import PointsProgram
from points.tiers import LADDER, least_of, year_begins

_PAGE: Final = 20_000
_LAST_MONTH: Final = 2
"""To the end of February: until then the refunds of December have come in."""


@outside_transaction
def review_tiers(*, now: datetime) -> int:
    today = business_date(now)
    if today.month > _LAST_MONTH:
        return 0
    year, program = today.year - 1, PointsProgram.at(now)
    asked = {
        "year": year,
        "begins": year_begins(year).isoformat(),
        "ends": year_begins(year + 1).isoformat(),
        "most": _PAGE,
        "now": now.isoformat(),
        "ladder": [[tier, least_of(tier, program)] for tier in LADDER],
    }
    seen: int = 0
    after: str | None = None
    while True:
        page = call_function("points_review_tiers", asked | {"after": after})
        seen, after = seen + page["wallets"], page["last"]
        if page["wallets"] < _PAGE:
            return seen
