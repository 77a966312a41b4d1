"""What must hold at any time in this room."""

from points.services import check_points

INVARIANTS = [check_points]
