"""A way in words: where to turn, after which room, by which lift, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import atan2, degrees, hypot
from typing import Literal

from ..space import Building, Category, Point, Room, Storey
from .graph import Graph

Turn = Literal["straight", "left", "right", "back"]
Kind = Literal["start", "walk", "lift", "stairs", "arrive"]

KINDS: dict[Category, tuple[str, str]] = {
    "corridor": ("走廊", "corridor"),
    "stairs": ("楼梯", "stairs"),
    "lift": ("电梯", "lift"),
    "entrance": ("入口", "entrance"),
    "waiting": ("候诊区", "waiting area"),
    "reception": ("服务台", "reception"),
    "consulting": ("诊室", "consulting room"),
    "ward": ("病室", "ward room"),
    "imaging": ("影像检查室", "imaging"),
    "laboratory": ("检验科", "laboratory"),
    "pharmacy": ("药房", "pharmacy"),
    "cashier": ("收费处", "cash desk"),
    "theatre": ("手术室", "operating theatre"),
    "toilet": ("卫生间", "toilets"),
    "office": ("办公室", "office"),
    "storage": ("库房", "store"),
    "technical": ("设备间", "plant room"),
    "other": ("房间", "room"),
}
_TURNS: dict[Turn, tuple[str, str]] = {
    "straight": ("直行", "go straight on"),
    "left": ("左转", "turn left"),
    "right": ("右转", "turn right"),
    "back": ("掉头", "turn round"),
}
_LANDMARKS: tuple[Category, ...] = (
    "pharmacy", "cashier", "reception", "entrance", "waiting", "lift", "stairs", "imaging", "laboratory", "toilet",
    "theatre", "consulting", "ward",
)  # fmt: skip
_BEND_DEGREES, _ROUND_DEGREES = 40.0, 140.0
_BEFORE_TURN, _ASIDE = 9.0, 4.5
_SHORT_METRES = 1.5
"""A bend after less than this is the same turn: one goes through a doorway."""


@dataclass(slots=True)
class Step:
    """One thing to do. ``points`` are what is walked, on one storey; ``landmark`` is a room's id."""

    kind: Kind
    storey: str
    turn: Turn = "straight"
    metres: float = 0.0
    seconds: float = 0.0
    points: list[Point] = field(default_factory=list)
    landmark: str | None = None
    chinese: str = ""
    english: str = ""


_OUT: dict[str, tuple[str, str]] = {
    "start": ("出门后", "leave the room, "),
    "lift": ("出电梯后", "leave the lift, "),
    "stairs": ("出楼梯后", "leave the stairs, "),
    "walk": ("", ""),
}
_OUT_METRES = 5.0
"""Steps shorter than this out of a room, lift or stairs are told with the next one."""


def label(room: Room) -> tuple[str, str]:
    """What people call a room, in Chinese and English."""
    kind, kind_en = KINDS[room.category]
    plain = room.number if room.number and len(room.number) <= 8 else ""
    return room.name or f"{kind} {plain}".strip(), room.name_en or f"{kind_en} {plain}".strip()


def steps_of(graph: Graph, building: Building, path: Sequence[int]) -> list[Step]:
    """A path as steps, from the first room to arrival."""
    rooms = {room.id: room for room in building.rooms}
    storeys = {storey.id: storey for storey in building.storeys}
    seats = _seats(graph, building)
    found = [_start(graph, rooms, path)]
    for leg in _legs(graph, path):
        if leg[0] == "walk":
            inside = found[-1].kind != "start" or graph.spots[path[0]].room is not None
            found.extend(_walk(graph, rooms, seats, leg[1], found[-1].kind if inside else "walk"))
        else:
            found.append(_climbed(graph, storeys, leg[1], leg[0]))
    goal = graph.spots[path[-1]]
    end = rooms.get(goal.room or "")
    zh, en = label(end) if end else ("出口", "the exit")
    found.append(
        Step("arrive", goal.storey, points=[goal.at], chinese=f"到达{_gap(zh)}", english=f"You are at {en}")
    )  # fmt: skip
    return found


def _gap(name: str) -> str:
    return f" {name}" if name[:1].isascii() else name


def _start(graph: Graph, rooms: Mapping[str, Room], path: Sequence[int]) -> Step:
    spot = graph.spots[path[0]]
    room = rooms.get(spot.room or "") or rooms.get(graph.ways[path[0], path[1]].room)
    zh, en = label(room) if room else ("此处", "here")
    if spot.room is None:
        return Step("start", spot.storey, points=[spot.at], chinese=f"从{zh}门口进入", english=f"Go in: {en}")
    return Step("start", spot.storey, points=[spot.at], chinese=f"从{_gap(zh)}出发", english=f"Start from {en}")


def _legs(graph: Graph, path: Sequence[int]) -> Iterator[tuple[Kind, list[int]]]:
    leg = [path[0]]
    for one, other in pairwise(path):
        by = graph.ways[one, other].by
        if by == "walk":
            leg.append(other)
            continue
        if len(leg) > 1:
            yield "walk", leg
        yield ("lift" if by == "lift" else "stairs"), [one, other]
        leg = [other]
    if len(leg) > 1:
        yield "walk", leg


def _climbed(graph: Graph, storeys: Mapping[str, Storey], ends: Sequence[int], by: Kind) -> Step:
    one, other = graph.spots[ends[0]], graph.spots[ends[1]]
    below, above = storeys[one.storey], storeys[other.storey]
    up = above.level > below.level
    if by == "lift":
        zh, en = f"乘电梯到 {above.name}", f"Take the lift to {above.name_en}"
    else:
        zh = f"走楼梯{'上' if up else '下'}到 {above.name}"
        en = f"Take the stairs {'up' if up else 'down'} to {above.name_en}"
    way = graph.ways[ends[0], ends[1]]
    return Step(by, other.storey, "straight", way.metres, way.seconds, [one.at, other.at], None, zh, en)


def _walk(
    graph: Graph, rooms: Mapping[str, Room], seats: Mapping[str, list[tuple[Point, str]]], leg: Sequence[int],
    out_of: Kind,
) -> list[Step]:  # fmt: skip
    """A walk on one storey, cut where one turns."""
    found: list[Step] = []
    ends = {graph.spots[leg[0]].room, graph.spots[leg[-1]].room}
    for one, other in pairwise(leg):
        way, here, there = graph.ways[one, other], graph.spots[one], graph.spots[other]
        last = found[-1] if found else None
        turn: Turn = _turn(last.points, there.at) if last else "straight"
        if last is not None and (turn == "straight" or (way.metres < _SHORT_METRES and other == leg[-1])):
            last.points.append(there.at)
            last.metres += way.metres
            last.seconds += way.seconds
            continue
        landmark = _landmark(last.points, seats.get(here.storey, ()), ends) if last else None
        found.append(Step("walk", here.storey, turn, way.metres, way.seconds, [here.at, there.at], landmark))
    out = _OUT[out_of]
    if len(found) > 1 and out[0] and found[0].metres < _OUT_METRES:
        first, second = found[:2]
        second.points[:0] = first.points[:-1]
        second.metres += first.metres
        second.seconds += first.seconds
        found = found[1:]
    for place, step in enumerate(found):
        _say(step, rooms, out if place == 0 else _OUT["walk"])
    return found


def _turn(before: Sequence[Point], after: Point) -> Turn:
    (ax, ay), (bx, by) = _far_back(before), before[-1]
    if hypot(after[0] - bx, after[1] - by) < 0.3:
        return "straight"
    bend = degrees(atan2(after[1] - by, after[0] - bx) - atan2(by - ay, bx - ax))
    bend = (bend + 180) % 360 - 180
    if abs(bend) < _BEND_DEGREES:
        return "straight"
    if abs(bend) > _ROUND_DEGREES:
        return "back"
    return "left" if bend > 0 else "right"


def _far_back(points: Sequence[Point]) -> Point:
    """A point from which one came, far enough to tell the direction."""
    end = points[-1]
    return next((one for one in points[-2::-1] if hypot(one[0] - end[0], one[1] - end[1]) > 0.5), points[0])


def _landmark(before: Sequence[Point], seats: Sequence[tuple[Point, str]], ends: set[str | None]) -> str | None:
    """The room that one has just passed, beside the last metres before a turn; the one that is known best."""
    (ax, ay), (bx, by) = _far_back(before), before[-1]
    length = hypot(bx - ax, by - ay)
    if length < _SHORT_METRES:
        return None
    best: tuple[float, str] | None = None
    for (x, y), room in seats:
        along = ((bx - x) * (bx - ax) + (by - y) * (by - ay)) / length
        aside = abs((x - bx) * (by - ay) - (y - by) * (bx - ax)) / length
        if 0.3 < along < min(_BEFORE_TURN, length) and aside < _ASIDE:
            rank, _, id_ = room.partition(":")
            known = int(rank) * 10 + along
            if id_ not in ends and (best is None or known < best[0]):
                best = (known, id_)
    return best[1] if best else None


def _seats(graph: Graph, building: Building) -> dict[str, list[tuple[Point, str]]]:
    """Doors of rooms that people know, by storey, each with its room and how well it is known."""
    rooms = {room.id: room for room in building.rooms}
    found: dict[str, list[tuple[Point, str]]] = {}
    for door in building.doors:
        for id_ in door.rooms:
            room = rooms.get(id_)
            if room and door.at and room.public and room.category in _LANDMARKS:
                seat = (door.at, f"{_LANDMARKS.index(room.category)}:{id_}")
                found.setdefault(room.storey, []).append(seat)
    return found


def _say(step: Step, rooms: Mapping[str, Room], out: tuple[str, str]) -> None:
    zh, en = _TURNS[step.turn]
    if step.landmark:
        name, name_en = label(rooms[step.landmark])
        zh, en = f"过了{_gap(name)}{zh}", f"{en} after {name_en}"
    metres = max(1, round(step.metres))
    step.chinese = f"{out[0]}{zh}，走 {metres} 米"
    en = out[1] + en
    step.english = f"{en[0].upper()}{en[1:]}, walk {metres} m"
