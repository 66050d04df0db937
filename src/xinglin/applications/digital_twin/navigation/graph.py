"""A building as a graph for one profile: where one can stand, and what it takes to get on. Loads scipy late.

Nodes: each room as a start and as a goal (nobody walks *through* either), a stop in each stair and lift, each door
and open side, and the inner corners of rooms that are not convex. Between two nodes of a room one walks straight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import hypot
from typing import TYPE_CHECKING, Any

from ..space import WAYS, Building, Door, Link, Point, Room, inner_point, polygon
from .profile import LIFT_STOREY_SECONDS, LIFT_WAIT_SECONDS, Profile

if TYPE_CHECKING:
    from shapely import Polygon

_THROUGH_A_ROOM = 4.0
"""Walking through a room that is no way costs so many times as much: people are led round it."""
_LEFT_TO_BEDS_SECONDS = 90.0
"""By so much visitors are led to other lifts than those for beds."""
_CONVEX = 0.985
_REACH = 0.45
"""Metres by which a door may lie outside the outline of its room: walls."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node: where it is, in which room (of a start, goal or stop), at which door."""

    at: Point
    storey: str
    room: str | None = None
    door: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """An edge: what it takes, how long it is, and through which room, or by what to another storey."""

    seconds: float
    metres: float
    room: str
    by: str = "walk"


@dataclass(slots=True)
class Graph:
    """``ways`` by (from, to); ``starts`` and ``goals`` by room, ``doors`` by door or ``outside`` ones."""

    spots: list[Spot] = field(default_factory=list)
    ways: dict[tuple[int, int], Way] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)
    doors: dict[str, int] = field(default_factory=dict)
    outside: list[int] = field(default_factory=list)
    matrix: Any = None

    def reversed(self) -> Any:
        """The seconds as a sparse matrix from goal to start; made once."""
        if self.matrix is None:
            from numpy import array
            from scipy.sparse import csr_array

            ends = array(list(self.ways), dtype="int32").reshape(-1, 2)
            seconds = [way.seconds for way in self.ways.values()]
            self.matrix = csr_array((seconds, (ends[:, 1], ends[:, 0])), shape=(len(self.spots),) * 2)
        return self.matrix


@dataclass(frozen=True, slots=True)
class _Portal:
    spot: int
    rooms: tuple[str, ...]


def make_graph(
    building: Building, profile: Profile, shut: Collection[str] = (), crowd: Mapping[str, int] | None = None
) -> Graph:
    """The graph of a building for ``profile``, without the rooms and doors that are ``shut``.

    ``crowd`` tells how many people stand in a room: the fuller, the slower.
    """
    rooms = {room.id: room for room in building.rooms if room.id not in shut}
    found = Graph()
    for room in rooms.values():
        at = inner_point(room.outline)
        for held in (found.starts, found.goals):
            held[room.id] = _add(found, Spot(at, room.storey, room.id))
    inside: dict[str, list[int]] = {id_: [] for id_ in rooms}
    for portal in _portals(building, profile, rooms, set(shut), found):
        for id_ in portal.rooms:
            inside[id_].append(portal.spot)
    stops = {
        room.id: _add(found, Spot(inner_point(room.outline), room.storey, room.id))
        for room in rooms.values()
        if room.category in ("stairs", "lift")
    }
    for id_, stop in stops.items():
        inside[id_].append(stop)
    for id_, spots in inside.items():
        _walk_inside(found, rooms[id_], spots, profile, (crowd or {}).get(id_, 0))
    _climb(found, building, profile, rooms, stops)
    return found


def _add(graph: Graph, spot: Spot) -> int:
    graph.spots.append(spot)
    return len(graph.spots) - 1


def _portals(
    building: Building, profile: Profile, rooms: Mapping[str, Room], shut: set[str], graph: Graph
) -> Iterator[_Portal]:
    for door in building.doors:
        joined = tuple(room for room in door.rooms if room in rooms)
        joined = tuple(room for room in joined if rooms[room].storey == rooms[joined[0]].storey)
        if door.id in shut or not joined or not _fits(door, profile):
            continue
        at = door.at or _between([rooms[room] for room in joined])
        spot = graph.doors[door.id] = _add(graph, Spot(at, rooms[joined[0]].storey, None, door.id))
        if door.outside:
            graph.outside.append(spot)
        yield _Portal(spot, joined)
    for link in building.links:
        if link.kind == "open" and len({rooms[room].storey for room in link.rooms if room in rooms}) == 1:
            pair = [rooms[room] for room in link.rooms if room in rooms]
            spot = _add(graph, Spot(link.at or _between(pair), pair[0].storey))
            yield _Portal(spot, tuple(room.id for room in pair))


def _between(pair: Sequence[Room]) -> Point:
    ends = [inner_point(room.outline) for room in pair]
    return (sum(end[0] for end in ends) / len(ends), sum(end[1] for end in ends) / len(ends))


def _fits(door: Door, profile: Profile) -> bool:
    if door.width is None:
        return profile.trusting
    return door.width >= profile.least_door_metres


def _walk_inside(graph: Graph, room: Room, spots: list[int], profile: Profile, people: int) -> None:
    area = polygon(room.outline)
    passing = profile.staff or room.public
    pace = profile.metres_per_second / _slowed(people, area)
    corners = [] if _is_convex(area) else [_add(graph, Spot(at, room.storey, None)) for at in _inner_corners(area)]
    start, goal = graph.starts[room.id], graph.goals[room.id]
    ends = [*spots, *corners]
    factor = 1.0 if room.category in WAYS else _THROUGH_A_ROOM
    door_seconds = profile.door_seconds / 2
    for one, other in _seen(graph, area, [*ends, start], bool(corners)):
        metres = max(0.05, _distance(graph, one, other))
        if start in (one, other):
            end = one if other == start else other
            way = Way(metres / pace + door_seconds, metres, room.id)
            graph.ways[start, end] = way
            graph.ways[end, goal] = way
        elif passing or {one, other} & set(corners):
            way = Way(metres / pace * factor + door_seconds, metres, room.id)
            graph.ways[one, other] = graph.ways[other, one] = way


def _slowed(people: int, area: Polygon) -> float:
    """People at 1 per square metre walk at half their pace (assumed; below the fall of Fruin's level C)."""
    return 1.0 + min(2.0, people / max(4.0, float(area.area)))


def _is_convex(area: Polygon) -> bool:
    return area.is_empty or bool(area.area > _CONVEX * area.convex_hull.area)


def _inner_corners(area: Polygon) -> Iterator[Point]:
    """Corners round which one must go, half a metre off the wall where there is room."""
    from shapely.geometry.polygon import orient

    inset = area.buffer(-0.5, join_style="mitre")
    ring = list(orient(inset if inset.geom_type == "Polygon" and not inset.is_empty else area).exterior.coords[:-1])
    for place, (x, y) in enumerate(ring):
        (ax, ay), (bx, by) = ring[place - 1], ring[(place + 1) % len(ring)]
        if (x - ax) * (by - y) - (y - ay) * (bx - x) < -1e-6:
            yield (round(x, 3), round(y, 3))


def _seen(graph: Graph, area: Polygon, ends: Sequence[int], bent: bool) -> Iterator[tuple[int, int]]:
    """Pairs of a room's spots between which one sees; every spot sees at least the nearest one."""
    pairs = list(combinations(ends, 2))
    if not bent:
        yield from pairs
        return
    import numpy
    import shapely

    ground = area.buffer(_REACH, join_style="mitre")
    shapely.prepare(ground)
    lines = shapely.linestrings(numpy.array([[graph.spots[one].at, graph.spots[other].at] for one, other in pairs]))
    clear = shapely.covers(ground, lines)
    met: set[int] = set()
    for pair, seen in zip(pairs, clear, strict=True):
        if seen:
            met.update(pair)
            yield pair
    for spot in ends:
        if spot not in met and len(ends) > 1:
            yield spot, min((one for one in ends if one != spot), key=lambda one: _distance(graph, spot, one))


def _distance(graph: Graph, one: int, other: int) -> float:
    (ax, ay), (bx, by) = graph.spots[one].at, graph.spots[other].at
    return hypot(ax - bx, ay - by)


def _climb(
    graph: Graph, building: Building, profile: Profile, rooms: Mapping[str, Room], stops: Mapping[str, int]
) -> None:
    levels = {storey.id: storey.level for storey in building.storeys}
    shafts: dict[str, set[str]] = {}
    for link in building.links:
        one, other = link.rooms
        if one not in rooms or other not in rooms or link.kind == "open":
            continue
        if link.kind == "stairs":
            _stairs(graph, link, profile, stops, abs(levels[rooms[one].storey] - levels[rooms[other].storey]) or 1)
        elif rooms[one].wide or not profile.beds:
            joined = shafts.get(one, {one}) | shafts.get(other, {other})
            shafts.update(dict.fromkeys(joined, joined))
    for shaft in {id(one): one for one in shafts.values()}.values():
        for one, other in combinations(sorted(shaft), 2):
            storeys = abs(levels[rooms[one].storey] - levels[rooms[other].storey])
            left_free = _LEFT_TO_BEDS_SECONDS if rooms[one].wide and not profile.staff else 0.0
            way = Way(LIFT_WAIT_SECONDS + storeys * LIFT_STOREY_SECONDS + left_free, 0.0, one, "lift")
            graph.ways[stops[one], stops[other]] = graph.ways[stops[other], stops[one]] = way


def _stairs(graph: Graph, link: Link, profile: Profile, stops: Mapping[str, int], storeys: int) -> None:
    if profile.storey_stairs_seconds is None:
        return
    ends = [(stops.get(room), graph.starts[room], graph.goals[room]) for room in link.rooms]
    way = Way(profile.storey_stairs_seconds * storeys, 8.0 * storeys, link.rooms[0], "stairs")
    for (stop, start, _), (other_stop, _, other_goal) in (ends, ends[::-1]):
        graph.ways[start if stop is None else stop, other_goal if other_stop is None else other_stop] = way
