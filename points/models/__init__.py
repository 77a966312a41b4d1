from points.models.campaign import Campaign, CampaignEarning, CampaignUse, CampaignVersion
from points.models.clearing import PointsClearing, PointsClearingLine
from points.models.earning import Earning
from points.models.loan import PointsLoan
from points.models.lot import PointsLot, PointsLotChange
from points.models.program import PointsProgram
from points.models.standing import TierStanding
from points.models.take_back import PointsTakeBack
from points.models.use import PointsUse

__all__ = [
    "Campaign",
    "CampaignEarning",
    "CampaignUse",
    "CampaignVersion",
    "Earning",
    "PointsClearing",
    "PointsClearingLine",
    "PointsLoan",
    "PointsLot",
    "PointsLotChange",
    "PointsProgram",
    "PointsTakeBack",
    "PointsUse",
    "TierStanding",
]
