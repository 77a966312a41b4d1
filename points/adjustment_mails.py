"""The mail about an adjustment."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.queries import customer_of_wallet
from common.money import pts
from points.mails import Said, mail_to, points_text
from points.models import PointsAdjustment


def mail_about_adjustment(adjustment: PointsAdjustment, *, now: datetime) -> None:
    """To whose points they are, in the commit that adjusts them. The staff's reason is not for eyes outside."""
    reader = customer_of_wallet(adjustment.wallet_id)
    if reader is not None:
        mail_to(reader, lambda: _adjusted(adjustment), page="/points", now=now)


def _adjusted(adjustment: PointsAdjustment) -> Said:
    points = points_text(pts(abs(adjustment.amount_minor)))
    line = (
        _("Our staff added {points} to your points. Two people checked it.")
        if adjustment.amount_minor > 0
        else _("Our staff took {points} from your points, to put something right. Two people checked it.")
    )
    return _("We corrected your points"), [line.format(points=points)]
