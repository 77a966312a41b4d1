from points.models.lot import PointsLot, PointsLotChange
from points.models.program import PointsProgram
from points.models.take_back import PointsTakeBack
from points.models.use import PointsUse

__all__ = ["PointsLot", "PointsLotChange", "PointsProgram", "PointsTakeBack", "PointsUse"]
