"""Distance between two points on the earth."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from matching.comparators.kinds import LeveledComparator, comparators
from matching.standardize.kinds import Cell

LEVELS = ("within_50_m", "within_200_m", "within_1_km", "within_5_km", "within_50_km", "farther")
_EARTH_RADIUS_KM = 6371.0


def distance_km(left: Cell, right: Cell) -> float:
    """Great-circle distance by the haversine formula."""
    north_l, east_l = radians(float(left[0])), radians(float(left[1]))
    north_r, east_r = radians(float(right[0])), radians(float(right[1]))
    half = sin((north_r - north_l) / 2) ** 2 + cos(north_l) * cos(north_r) * sin((east_r - east_l) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def distance_level(left: Cell, right: Cell) -> int:
    """Level of the distance."""
    distance = distance_km(*sorted((left, right)))
    return next((level for level, most in enumerate((0.05, 0.2, 1.0, 5.0, 50.0)) if distance <= most), 5)


comparators.register("geo_distance")(LeveledComparator(LEVELS, distance_level))
