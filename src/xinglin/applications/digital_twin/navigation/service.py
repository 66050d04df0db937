"""Ways through the node's buildings, by profile, round what is shut."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from xinglin.data_platform.store import Store
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from ..space import Building, Buildings, Standing
from .graph import make_graph
from .profile import Profile, profile_of
from .tree import Trees
from .wording import Step, label, steps_of

ENTRANCE = "entrance"
_KEPT_GRAPHS = 16
_UPWARD = 4
State = Literal["found", "same", "closed", "unreachable"]


@dataclass(frozen=True, slots=True)
class Found:
    """A way, or why there is none; ``chinese`` and ``english`` say it."""

    state: State
    start: tuple[str, str]
    goal: tuple[str, str]
    seconds: float
    metres: float
    steps: Sequence[Step]
    chinese: str
    english: str


class Guide:
    """Finds ways. Graphs and trees are kept as long as their building, its repairs and closures stand."""

    def __init__(self, buildings: Buildings, database: Database, store: Store) -> None:
        self._buildings = buildings
        self._database = database
        self._store = store
        self._kept: OrderedDict[tuple[str, str, bool], Trees] = OrderedDict()

    async def route(self, building: str | None, start: str, goal: str, profile_name: str) -> Found:
        """The quickest way. ``start`` and ``goal`` are a room's or door's id, ``Location/<id>``, or ``entrance``.

        INVALID for a profile that is not known, NOT_FOUND for a place that no building has.
        """
        profile = profile_of(profile_name)
        standing, starts, goals = await self._placed(building, start, goal)
        return find(
            standing, self._trees(standing, profile, True), profile, starts, goals, self._open(standing, profile)
        )

    def _open(self, standing: Standing, profile: Profile) -> Trees | None:
        return self._trees(standing, profile, False) if standing.closures else None

    def _trees(self, standing: Standing, profile: Profile, closing: bool) -> Trees:
        key = (standing.tag, profile.name, closing)
        found = self._kept.get(key)
        if found is None:
            shut = {one.place for one in standing.closures} if closing else set()
            found = self._kept[key] = Trees(make_graph(standing.building, profile, shut))
            if len(self._kept) > _KEPT_GRAPHS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    async def _placed(self, building: str | None, start: str, goal: str) -> tuple[Standing, list[str], list[str]]:
        known = [building] if building else [row["building"] for row in await self._buildings.all()]
        for id_ in known:
            standing = await self._buildings.standing(id_)
            starts = await self._rooms(standing.building, start)
            goals = await self._rooms(standing.building, goal)
            if starts and goals:
                return standing, starts, goals
        raise XinglinError(
            Reason.NOT_FOUND,
            "no building knows both places; ask at the information desk",
            "院内地图上没有找到起点或终点，请咨询导诊台",
        )

    async def _rooms(self, building: Building, place: str) -> list[str]:
        """The rooms or doors that ``place`` means; those of the nearest Location above or below where it is none."""
        if place == ENTRANCE:
            return [ENTRANCE]
        if place in {*(room.id for room in building.rooms), *(door.id for door in building.doors)}:
            return [place]
        if not place.startswith("Location/"):
            return []
        by_location = {room.location: room.id for room in building.rooms if room.location}
        id_: str | None = place.partition("/")[2]
        async with self._database.connection() as connection:
            for _ in range(_UPWARD):
                if id_ is None:
                    break
                if id_ in by_location:
                    return [by_location[id_]]
                below = await self._store.search(
                    connection, "Location", [("partof", f"Location/{id_}"), ("_count", "200")]
                )
                inside = [by_location[one] for one in _ids(below) if one in by_location]
                if inside:
                    return sorted(inside)
                id_ = await self._above(connection, id_)
        return []

    async def _above(self, connection: Any, id_: str) -> str | None:
        found = await self._store.fetch(connection, [("Location", id_)])
        parent = found.get(("Location", id_), {}).get("partOf", {}).get("reference", "")
        return str(parent).partition("/")[2] or None


def find(
    standing: Standing, trees: Trees, profile: Profile, starts: Sequence[str], goals: Sequence[str],
    unclosed: Trees | None = None,
) -> Found:  # fmt: skip
    """The quickest way from one of ``starts`` to one of ``goals``; ``unclosed`` tells what would be if nothing were
    shut."""
    building = standing.building
    names = {room.id: label(room) for room in building.rooms}
    ends = (_named(names, starts), _named(names, goals))
    if set(starts) & set(goals):
        return _none("same", *ends, f"您已在{ends[1][0]}。", f"You are already at {ends[1][1]}.")
    path, seconds = _path(trees, starts, goals)
    if path:
        graph = trees.graph
        metres = sum(graph.ways[one, other].metres for one, other in pairwise(path))
        steps = steps_of(graph, building, path)
        return Found("found", *ends, round(seconds, 1), round(metres, 1), steps, "", "")
    if unclosed is not None and _path(unclosed, starts, goals)[0]:
        reasons = "；".join(one.reason for one in standing.closures if one.reason)
        told = f"（{reasons}）" if reasons else ""
        told_en = f" ({reasons})" if reasons else ""
        return _none(
            "closed", *ends, f"通往{ends[1][0]}的路目前关闭{told}，请咨询导诊台。",
            f"The way to {ends[1][1]} is shut for now{told_en}; ask at the information desk.",
        )  # fmt: skip
    how, how_en = _WAYS_OF_GOING[profile.name]
    return _none(
        "unreachable", *ends, f"没有找到{how}到{ends[1][0]}的路线，请请工作人员协助。",
        f"There is no way to {ends[1][1]} {how_en}; please ask the staff for help.",
    )  # fmt: skip


_WAYS_OF_GOING: Mapping[str, tuple[str, str]] = {
    "walking": ("步行", "on foot"),
    "wheelchair": ("轮椅可通行", "for a wheelchair"),
    "stretcher": ("病床可通行", "for a bed"),
    "staff": ("步行", "on foot"),
}


def _named(names: Mapping[str, tuple[str, str]], places: Sequence[str]) -> tuple[str, str]:
    if places[0] == ENTRANCE:
        return "医院入口", "the entrance"
    return names.get(places[0], ("门口", "the door"))


def _none(state: State, start: tuple[str, str], goal: tuple[str, str], chinese: str, english: str) -> Found:
    return Found(state, start, goal, 0.0, 0.0, (), chinese, english)


def _path(trees: Trees, starts: Sequence[str], goals: Sequence[str]) -> tuple[list[int], float]:
    """The nodes of the quickest way and what it takes; empty where there is none."""
    graph = trees.graph
    ends = [node for place in goals for node in _nodes(trees, place, graph.goals)]
    begins = [node for place in starts for node in _nodes(trees, place, graph.starts)]
    if not ends or not begins:
        return [], 0.0
    tree = trees.to(ends)
    best = min(begins, key=lambda node: float(tree.seconds[node]))
    return tree.path(best), float(tree.seconds[best])


def _nodes(trees: Trees, place: str, rooms: Mapping[str, int]) -> list[int]:
    if place == ENTRANCE:
        return trees.graph.outside
    found = rooms.get(place, trees.graph.doors.get(place))
    return [] if found is None else [found]


def _ids(page: Any) -> list[str]:
    return [one.id for one in page.matches]
