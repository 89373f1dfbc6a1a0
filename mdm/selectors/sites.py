"""Sites: locations at one point or in one building, and the legal parties that use them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from mdm.entity_types.location import Location, LocationRole
from mdm.models import GoldenRecord, GoldenStatus
from mdm.relocations import distance_meters
from mdm.selectors.hierarchy import Asked, tops_of

NEAR_METERS = 30  # one point, as exactly as two systems tell it
MOST_NEIGHBORS = 50
_DEGREES = Decimal("0.0003")  # of latitude, a little more than NEAR_METERS


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A location of the same site. `parties` are the tops, in the legal tree, of the customers that use it.

    A shared site is used by parties that have nothing to do with each other: it is no duplicate, however alike.
    """

    golden_id: int
    public_id: str
    title: str
    meters: int | None
    same_building: bool
    parties: frozenset[int]
    is_shared: bool


def neighbors_of(location_id: int, asked: Asked) -> list[Neighbor]:
    """Active locations of the same building, or within NEAR_METERS, nearest first. Parties are those of the day.

    At most MOST_NEIGHBORS are looked at: of a mall with more, those known longest.
    """
    mine = Location.objects.filter(pk=location_id).first()
    if mine is None:
        return []
    near = Q(building_key=mine.building_key) if mine.building_key else Q(pk=None)
    if mine.latitude is not None and mine.longitude is not None:
        east = _DEGREES * 4  # degrees of longitude are shorter away from the equator; what is too far falls out below
        near |= Q(
            latitude__range=(mine.latitude - _DEGREES, mine.latitude + _DEGREES),
            longitude__range=(mine.longitude - east, mine.longitude + east),
        )
    rows = Location.objects.filter(near).exclude(pk=location_id).order_by("pk")[:MOST_NEIGHBORS]
    found = [
        (row, _meters(mine, row), bool(mine.building_key) and row.building_key == mine.building_key) for row in rows
    ]
    found = [each for each in found if each[2] or (each[1] is not None and each[1] <= NEAR_METERS)]
    parties = parties_of([location_id, *(row.pk for row, _, _ in found)], asked)
    names = GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE).in_bulk([row.pk for row, _, _ in found])
    neighbors = [
        Neighbor(
            golden_id=row.pk,
            public_id=names[row.pk].public_id,
            title=names[row.pk].title or names[row.pk].public_id,
            meters=meters,
            same_building=same,
            parties=parties[row.pk],
            is_shared=are_strangers(parties[location_id], parties[row.pk]),
        )
        for row, meters, same in found
        if row.pk in names
    ]
    return sorted(neighbors, key=lambda each: (each.meters is None, each.meters or 0, each.golden_id))


def parties_of(location_ids: Collection[int], asked: Asked) -> dict[int, frozenset[int]]:
    """By location the tops, in the legal tree, of the customers that use it on the day; empty where nobody does."""
    roles = LocationRole.objects.filter(
        golden_record__any=list(location_ids), customer__isnull=False, valid__contains=asked.on, closed_version=None
    ).values_list("golden_record_id", "customer_id")
    users: dict[int, set[int]] = defaultdict(set)
    for location, customer in roles:
        users[location].add(customer)
    tops = tops_of({customer for each in users.values() for customer in each}, asked)
    return {location: frozenset(tops[customer] for customer in users[location]) for location in location_ids}


def are_strangers(parties: frozenset[int], others: frozenset[int]) -> bool:
    """Whether both are used, and nobody uses both."""
    return bool(parties) and bool(others) and not parties & others


def _meters(one: Location, other: Location) -> int | None:
    return distance_meters(*({"latitude": each.latitude, "longitude": each.longitude} for each in (one, other)))
