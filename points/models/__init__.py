from points.models.adjustment import PointsAdjustment
from points.models.campaign import Campaign, CampaignEarning, CampaignUse, CampaignVersion
from points.models.clearing import PointsClearing, PointsClearingLine
from points.models.conversion import ConversionKey, ConversionPermit, PointsConversion, PointsConversionBatch
from points.models.conversions_proposal import ConversionsProposal
from points.models.earning import Earning
from points.models.expiry_notice import ExpiryNotice
from points.models.family import Family, FamilyMember, FamilyMove
from points.models.gift import PointsGift
from points.models.loan import PointsLoan
from points.models.lot import PointsLot, PointsLotChange
from points.models.program import PointsProgram
from points.models.program_proposal import ProgramProposal
from points.models.standing import TierStanding
from points.models.take_back import PointsTakeBack
from points.models.use import PointsUse

__all__ = [
    "Campaign",
    "CampaignEarning",
    "CampaignUse",
    "CampaignVersion",
    "ConversionKey",
    "ConversionPermit",
    "ConversionsProposal",
    "Earning",
    "ExpiryNotice",
    "Family",
    "FamilyMember",
    "FamilyMove",
    "PointsAdjustment",
    "PointsClearing",
    "PointsClearingLine",
    "PointsConversion",
    "PointsConversionBatch",
    "PointsGift",
    "PointsLoan",
    "PointsLot",
    "PointsLotChange",
    "PointsProgram",
    "PointsTakeBack",
    "PointsUse",
    "ProgramProposal",
    "TierStanding",
]
