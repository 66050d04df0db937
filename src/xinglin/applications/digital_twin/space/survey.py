"""What a reader found, made into a building: doors joined to rooms, shafts to stops, storeys to one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal

import msgspec

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from .model import WAYS, Building, Door, Link, Point, Room, Storey
from .shape import between, polygon, touching

if TYPE_CHECKING:
    from shapely import Polygon

_WALL = 0.6
"""Metres from a door's box to the rooms at its sides; walls of houses are thinner."""
_OPEN_GAP, _OPEN_SIDE = 0.02, 0.9
"""Two ways whose sides touch (no wall between) for so many metres are open to each other."""
_STOREY_SLACK = 0.6
_LARGEST_HOUSE, _ROOM_AREAS = 3000.0, (0.3, 5000.0)
"""A house's extent in metres, and the square metres between which the median room lies."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A door and its bounds in metres, where known."""

    door: Door
    low: Sequence[float] | None
    high: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Stair:
    """The bounds of a stair in metres."""

    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says, before it is joined. ``open_sides`` are pairs of rooms that it calls open to each other,
    ``half_open`` rooms that it calls open without a word to what."""

    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]
    openings: tuple[Opening, ...]
    stairs: tuple[Stair, ...] = ()
    open_sides: tuple[tuple[str, str], ...] = ()
    half_open: frozenset[str] = frozenset()
    boxes_only: bool = False
    notes: tuple[tuple[str, str], ...] = ()


def settle(id_: str, name: str, name_en: str, source: Literal["ifc", "cobie"], found: Found) -> Building:
    """The building that was found; the same file gives the same building. INVALID for sizes that no house has."""
    _check_sizes(found.rooms)
    storeys = _levels(found.storeys, found.rooms)
    rooms, stops = _stops(storeys, found.rooms)
    areas = {room.id: polygon(room.outline) for room in rooms}
    doors = tuple(_joined(opening, rooms, areas, stops) for opening in found.openings)
    links = [Link(pair, "open", "boundary", between(areas[pair[0]], areas[pair[1]])) for pair in found.open_sides]
    if not found.boxes_only:
        links += _open_ways(rooms, areas, found.half_open, {frozenset(link.rooms) for link in links})
    links += _vertical(storeys, rooms, areas)
    links += _by_stairs(storeys, rooms, areas, found.stairs, {frozenset(link.rooms) for link in links})
    return Building(id_, name, name_en, source, storeys, tuple(rooms), doors, tuple(links), found.notes)


def _check_sizes(rooms: Sequence[Room]) -> None:
    corners = [corner for room in rooms for corner in room.outline]
    if not corners:
        raise XinglinError(
            Reason.INVALID, "none of the rooms has a shape or coordinates", "所有房间都没有形状或坐标"
        )  # fmt: skip
    extent = max(max(corner[axis] for corner in corners) - min(corner[axis] for corner in corners) for axis in (0, 1))
    area = median(polygon(room.outline).area for room in rooms if room.outline)
    if extent > _LARGEST_HOUSE or not _ROOM_AREAS[0] <= area <= _ROOM_AREAS[1]:
        raise XinglinError(
            Reason.INVALID,
            f"by the file's unit this house is {extent:,.0f} m long and half its rooms are over {area:,.1f} m²; name "
            "the right unit (for instance millimetre) if the file has the wrong one",
            f"按文件中的单位，该建筑长 {extent:,.0f} 米，半数房间大于 {area:,.1f} 平方米；若文件单位有误，"
            "请指定正确单位（如 millimetre）",
            expression="unit",
        )


def _levels(storeys: Sequence[Storey], rooms: Sequence[Room]) -> tuple[Storey, ...]:
    used = {room.storey for room in rooms}
    ordered = sorted((one for one in storeys if one.id in used), key=lambda one: (one.elevation, one.id))
    found: list[Storey] = []
    for one in ordered:  # the grounds beside a ground floor are on its level
        same = found and one.elevation - found[-1].elevation < _STOREY_SLACK
        level = (found[-1].level + (0 if same else 1)) if found else 0
        found.append(msgspec.structs.replace(one, level=level))
    return tuple(found)


def _stops(storeys: Sequence[Storey], rooms: Sequence[Room]) -> tuple[list[Room], dict[tuple[str, str], str]]:
    """Rooms with each tall shaft as one stop a storey, and the stop by (shaft, storey)."""
    with_rooms = {room.storey for room in rooms if room.category not in ("technical", "other")}
    found: list[Room] = []
    stops: dict[tuple[str, str], str] = {}
    for room in rooms:
        own = next(one for one in storeys if one.id == room.storey)
        top = room.floor + room.height
        above = [
            one
            for one in storeys
            if one.elevation > own.elevation + 1.5 and one.elevation < top - 1.5 and one.id in with_rooms
        ]
        found.append(room)
        if room.category not in ("lift", "stairs"):
            continue
        for storey in above:
            stop = f"{room.id}@{storey.id}"
            stops[room.id, storey.id] = stop
            found.append(msgspec.structs.replace(room, id=stop, storey=storey.id, floor=storey.elevation, height=2.5))
        if above:
            found[-1 - len(above)] = msgspec.structs.replace(room, height=2.5)
    return found, stops


def _joined(
    opening: Opening, rooms: Sequence[Room], areas: dict[str, Polygon], stops: dict[tuple[str, str], str]
) -> Door:
    door = opening.door
    given = tuple(stops.get((room, door.storey), room) for room in door.rooms if room in areas)[:2]
    if len({room.storey for room in rooms if room.id in given}) > 1:  # no door leads to another storey: a slip
        given = given[:1]
    if len(given) == 2 or opening.low is None or opening.high is None or door.outside:
        return msgspec.structs.replace(door, rooms=given)
    beside = _beside(opening.low, opening.high, rooms, areas, set(given))
    joined = (*given, *(room for room in beside if room not in given))[:2]
    how = door.how if len(joined) == len(given) else "geometry"
    return msgspec.structs.replace(door, rooms=joined, how=how, outside=len(joined) == 1)


def _beside(
    low: Sequence[float], high: Sequence[float], rooms: Sequence[Room], areas: dict[str, Polygon], given: set[str]
) -> list[str]:
    """Rooms at a door's two sides, the ones that lie most before it first: one a side."""
    from shapely import box

    across = 0 if high[0] - low[0] < high[1] - low[1] else 1  # a wall is thinner than its door is wide
    depth = (high[across] - low[across]) / 2
    middle = (low[across] + high[across]) / 2
    reach = max(_WALL, depth + 0.25)
    sides = []
    for first, last in ((middle - reach, middle), (middle, middle + reach)):
        side = box(first, low[1], last, high[1]) if across == 0 else box(low[0], first, high[0], last)
        known = [room.id for room in rooms if room.id in given and areas[room.id].intersection(side).area > 0.02]
        if known:
            sides.append(known[0])
            continue
        met = [
            (areas[room.id].intersection(side).area, room.id)
            for room in rooms
            if room.floor - _STOREY_SLACK < low[2] < room.floor + max(room.height, 2.0) and room.outline
        ]
        best = max(met, default=(0.0, ""))
        if best[0] > 0.02 and best[1] not in sides:
            sides.append(best[1])
    return sides


def _open_ways(
    rooms: Sequence[Room], areas: dict[str, Polygon], half_open: frozenset[str], known: set[frozenset[str]]
) -> Iterator[Link]:
    ways = WAYS - {"stairs", "lift"}
    for one, other in _pairs([room for room in rooms if room.category in ways or room.id in half_open]):
        both_ways = one.category in ways and other.category in ways
        if not both_ways and not half_open >= {one.id, other.id}:
            continue
        if frozenset((one.id, other.id)) in known or areas[one.id].distance(areas[other.id]) > _OPEN_GAP:
            continue
        metres, at = touching(areas[one.id], areas[other.id], _OPEN_GAP)
        if metres >= _OPEN_SIDE:
            yield Link((one.id, other.id), "open", "geometry", at)


def _pairs(rooms: Sequence[Room]) -> Iterator[tuple[Room, Room]]:
    for place, one in enumerate(rooms):
        for other in rooms[place + 1 :]:
            if one.storey == other.storey and one.outline and other.outline:
                yield one, other


def _vertical(storeys: Sequence[Storey], rooms: Sequence[Room], areas: dict[str, Polygon]) -> Iterator[Link]:
    """Stairs and lifts that lie over one another on storeys that follow."""
    for lower in rooms:
        if lower.category not in ("stairs", "lift") or not lower.outline:
            continue
        level = next(storey.level for storey in storeys if storey.id == lower.storey)
        for upper in rooms:
            if upper.category != lower.category or not upper.outline:
                continue
            if next(storey.level for storey in storeys if storey.id == upper.storey) != level + 1:
                continue
            overlap = areas[lower.id].intersection(areas[upper.id]).area
            if overlap > 0.3 * min(areas[lower.id].area, areas[upper.id].area):
                kind: Literal["stairs", "lift"] = "stairs" if lower.category == "stairs" else "lift"
                yield Link((lower.id, upper.id), kind, "geometry")


def _by_stairs(
    storeys: Sequence[Storey],
    rooms: Sequence[Room],
    areas: dict[str, Polygon],
    stairs: Iterable[Stair],
    known: set[frozenset[str]],
) -> Iterator[Link]:
    """What a stair that is no room of its own joins: the rooms that hold most of it below and above."""
    from shapely import box

    for stair in stairs:
        area = box(stair.low[0], stair.low[1], stair.high[0], stair.high[1]).buffer(0.3)
        ends = [
            max(
                ((areas[room.id].intersection(area).area, room.id) for room in rooms if room.storey == storey.id),
                default=(0.0, ""),
            )
            for storey in storeys
            if stair.low[2] - 1.0 < storey.elevation < stair.high[2] + 1.0
        ]
        for (one, lower), (other, upper) in pairwise(ends):
            if one > 0.2 and other > 0.2 and frozenset((lower, upper)) not in known:
                known.add(frozenset((lower, upper)))
                yield Link((lower, upper), "stairs", "geometry")


def point_of(link: Link, areas: dict[str, Polygon]) -> Point:
    """Where a link is passed."""
    return link.at or between(areas[link.rooms[0]], areas[link.rooms[1]])
