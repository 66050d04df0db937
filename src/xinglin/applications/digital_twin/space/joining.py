"""What hangs together in a building, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from .model import WAYS, Building, Door, Link, Repair, Room
from .shape import between, polygon

if TYPE_CHECKING:
    from shapely import Polygon

Reason = Literal["door", "open", "near", "above"]


class Suggestion(msgspec.Struct, frozen=True):
    """A repair that would join rooms that cannot be reached: ``parted`` of them. ``metres`` lie between the two.

    ``reason``: a door there has an unknown side, both are ways that touch, it is the nearest room, or one lies over
    the other.
    """

    repair: Repair
    reason: Reason
    metres: float
    parted: int


def repaired(building: Building, repairs: Iterable[Repair]) -> Building:
    """The building with what people added; a repair whose room or door is no longer there changes nothing."""
    rooms = {room.id: room for room in building.rooms}
    doors = {door.id: door for door in building.doors}
    links = list(building.links)
    for repair in repairs:
        one, other = repair.rooms
        if one not in rooms or other not in rooms:
            continue
        if repair.door is None:
            links.append(_link(rooms[one], rooms[other]))
        elif repair.door in doors:
            doors[repair.door] = _hung(doors[repair.door], rooms[one], rooms[other])
    return msgspec.structs.replace(building, doors=tuple(doors.values()), links=tuple(links))


def components(building: Building) -> list[list[str]]:
    """Rooms that can be reached from one another, the largest set first; doors join two rooms, links too."""
    above: dict[str, str] = {room.id: room.id for room in building.rooms}

    def top(room: str) -> str:
        while above[room] != room:
            above[room] = room = above[above[room]]
        return room

    for pair in _joins(building.doors, building.links):
        if pair[0] in above and pair[1] in above:
            above[top(pair[0])] = top(pair[1])
    found: dict[str, list[str]] = {}
    for room in above:
        found.setdefault(top(room), []).append(room)
    return sorted(found.values(), key=lambda rooms: (-len(rooms), rooms[0]))


def suggestions(building: Building) -> list[Suggestion]:
    """What would join every set of rooms to the largest one; each rests on those before it.

    First the ways that patients roll along, among themselves: one that only leads through a store or up a stair is
    none for a wheelchair.
    """
    level = msgspec.structs.replace(
        building,
        rooms=tuple(room for room in building.rooms if room.public and room.category != "stairs"),
        links=tuple(link for link in building.links if link.kind != "stairs"),
    )
    ways = {room.id for room in level.rooms if room.category in WAYS}
    found = [one for one in _joining(level, [part for part in components(level) if ways & {*part}])
             if one.reason != "above"]  # fmt: skip
    mended = repaired(building, [one.repair for one in found])
    return [*found, *_joining(mended, components(mended))]


def _joining(building: Building, parts: Sequence[Sequence[str]]) -> list[Suggestion]:
    """What would join ``parts`` to the first of them, nearest first, and stops to their storeys."""
    rooms = {room.id: room for room in building.rooms}
    areas = {room.id: polygon(room.outline) for room in building.rooms}
    levels = {storey.id: storey.level for storey in building.storeys}
    reached = set(parts[0]) if parts else set()
    apart = list(parts[1:])
    loose = [door for door in building.doors if len(door.rooms) < 2 and door.at]
    seats = {id_: _seat(door) for door in loose for id_ in (door.id,)}
    nearest = {part[0]: _nearest(part, reached, rooms, areas, levels) for part in apart}
    found: list[Suggestion] = []
    while apart:
        best = min(apart, key=lambda part: nearest[part[0]][:2])
        _, _, one, other = nearest[best[0]]
        found.append(_suggestion(rooms[one], rooms[other], areas, loose, seats, len(best)))
        apart = [part for part in apart if part is not best]
        reached |= set(best)
        for part in apart:
            nearest[part[0]] = min(nearest[part[0]], _nearest(part, set(best), rooms, areas, levels))
    for stop, way in _shut_stops(building, found, rooms, areas):
        found.append(_suggestion(rooms[stop], rooms[way], areas, loose, seats, 1))
    return found


def _shut_stops(
    building: Building, found: Sequence[Suggestion], rooms: dict[str, Room], areas: dict[str, Polygon]
) -> Iterable[tuple[str, str]]:
    """Stops of lifts and stairs that nothing joins on their own storey, each with the nearest way there: without it
    a wheelchair would have no lift, though stairs join the storeys."""
    pairs = [*_joins(building.doors, building.links), *(one.repair.rooms for one in found)]
    level = [pair for pair in pairs if all(id_ in rooms for id_ in pair)]
    joined = {id_ for pair in level if rooms[pair[0]].storey == rooms[pair[1]].storey for id_ in pair}
    for stop in building.rooms:
        if stop.category not in ("lift", "stairs") or stop.id in joined:
            continue
        beside = [
            (float(areas[stop.id].distance(areas[room.id])), room.id)
            for room in building.rooms
            if room.storey == stop.storey and room.category in WAYS - {"lift", "stairs"} and room.outline
        ]
        if beside and stop.outline:
            yield stop.id, min(beside)[1]


def _joins(doors: Sequence[Door], links: Sequence[Link]) -> Iterable[tuple[str, str]]:
    yield from ((door.rooms[0], door.rooms[1]) for door in doors if len(door.rooms) == 2)
    yield from (link.rooms for link in links)


def _link(one: Room, other: Room) -> Link:
    at = between(polygon(one.outline), polygon(other.outline)) if one.outline and other.outline else None
    if one.storey == other.storey:
        return Link((one.id, other.id), "open", "repair", at)
    return Link((one.id, other.id), "lift" if {one.category, other.category} == {"lift"} else "stairs", "repair", at)


def _hung(door: Door, one: Room, other: Room) -> Door:
    at = door.at or between(polygon(one.outline), polygon(other.outline))
    return msgspec.structs.replace(
        door, rooms=(one.id, other.id), how="repair", outside=False, at=at, storey=door.storey or one.storey
    )


def _nearest(
    part: Sequence[str], reached: set[str], rooms: dict[str, Room], areas: dict[str, Polygon], levels: dict[str, int]
) -> tuple[float, float, str, str]:
    """How unlikely, how far, and which two rooms: a way, on the same storey, comes before others."""
    best = (99.0, 1e9, part[0], min(reached))
    for one in part:
        for other in reached:
            a, b = rooms[one], rooms[other]
            storeys = abs(levels[a.storey] - levels[b.storey])
            odds = 0.0 if storeys == 0 else (4.0 + storeys)
            odds += 0.0 if b.category in WAYS else (0.5 if a.category in WAYS else 2.0)
            metres = areas[one].distance(areas[other]) if a.outline and b.outline else 1e6
            if (odds + metres / 2, metres, one, other) < best:
                best = (odds + metres / 2, metres, one, other)
    return best


def _seat(door: Door) -> tuple[float, float]:
    assert door.at is not None
    return door.at


def _suggestion(
    one: Room, other: Room, areas: dict[str, Polygon], loose: Sequence[Door], seats: dict[str, tuple[float, float]],
    parted: int,
) -> Suggestion:  # fmt: skip
    from shapely import Point

    metres = round(float(areas[one.id].distance(areas[other.id])), 2) if one.outline and other.outline else -1.0
    near = [
        door
        for door in loose
        if set(door.rooms) <= {one.id, other.id}
        and (door.storey in ("", one.storey))
        and not door.outside
        and all(areas[room.id].distance(Point(seats[door.id])) < 0.8 for room in (one, other))
    ]
    if near:
        return Suggestion(Repair((one.id, other.id), near[0].id), "door", metres, parted)
    reason: Reason = "near"
    if one.storey != other.storey:
        reason = "above"
    elif one.category in WAYS and other.category in WAYS and metres < 0.3:
        reason = "open"
    return Suggestion(Repair((one.id, other.id)), reason, metres, parted)
