"""What must hold at any time in this room."""

from points.services import (
    check_campaigns,
    check_clearings,
    check_conversions,
    check_families,
    check_gifts,
    check_points,
)

INVARIANTS = [check_points, check_clearings, check_gifts, check_families, check_campaigns, check_conversions]
