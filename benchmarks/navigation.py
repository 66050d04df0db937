"""Indoor navigation at 30,000 nodes: ``python -m benchmarks.navigation [--json]``.

A house of storeys with a corridor each, rooms on both sides and lifts, as large as asked; then how long the graph, the first tree of
a goal and every further query take, beside networkx's bidirectional Dijkstra for the same ends.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from statistics import median

import networkx

from xinglin.applications.digital_twin.navigation import PROFILES, Trees, make_graph
from xinglin.applications.digital_twin.space import Building, Door, Link, Room, Storey


def house(storeys: int, wings: int, rooms_a_wing: int) -> Building:
    """A made house: on each storey, wings in a row, each a corridor with rooms on both sides."""
    levels = [
        Storey(f"s{level}", f"{level + 1} 层", f"Level {level + 1}", 4.0 * level, level) for level in range(storeys)
    ]
    rooms: list[Room] = []
    doors: list[Door] = []
    links: list[Link] = []
    length = rooms_a_wing / 2 * 4.0
    for level in levels:
        for wing in range(wings):
            left, own = wing * length, f"{level.id}w{wing}"
            rooms.append(room(own, level, "corridor", left, 0.0, length, 3.0))
            if wing:
                links.append(Link((f"{level.id}w{wing - 1}", own), "open", "boundary", (left, 1.5)))
            for number in range(rooms_a_wing):
                x, y = left + number // 2 * 4.0, 3.0 if number % 2 else -6.0
                rooms.append(room(f"{own}r{number}", level, "consulting", x, y, 4.0, 6.0))
                door = (x + 2.0, 3.0 if number % 2 else 0.0)
                doors.append(Door(f"{own}d{number}", "", level.id, (own, f"{own}r{number}"), door, 1.2, "boundary"))
            rooms.append(room(f"{own}lift", level, "lift", left, 9.0, 2.0, 2.0))
            doors.append(Door(f"{own}dl", "", level.id, (own, f"{own}lift"), (left, 3.0), 1.2, "boundary"))
            if level.level:
                links.append(Link((f"s{level.level - 1}w{wing}lift", f"{own}lift"), "lift", "geometry"))
    return Building("made", "made", "made", "ifc", tuple(levels), tuple(rooms), tuple(doors), tuple(links))


def room(id_: str, level: Storey, category: str, x: float, y: float, width: float, depth: float) -> Room:
    outline = ((x, y), (x + width, y), (x + width, y + depth), (x, y + depth))
    return Room(id_, level.id, id_, "", "", category, outline, level.elevation, 3.0)  # type: ignore[arg-type]


def measure(storeys: int, wings: int, rooms_a_wing: int, queries: int) -> dict[str, float]:
    building = house(storeys, wings, rooms_a_wing)
    begun = time.perf_counter()
    graph = make_graph(building, PROFILES["wheelchair"])
    built = time.perf_counter() - begun
    trees = Trees(graph)
    graph.reversed()
    dice = random.Random(1)
    names = sorted(graph.goals)
    goals = [graph.goals[dice.choice(names)] for _ in range(20)]
    first = []
    for goal in goals:
        begun = time.perf_counter()
        trees.to([goal])
        first.append(time.perf_counter() - begun)
    walked, lengths = [], []
    ends = [(graph.starts[dice.choice(names)], dice.choice(goals)) for _ in range(queries)]
    for start, goal in ends:
        begun = time.perf_counter()
        path = trees.to([goal]).path(start)
        walked.append(time.perf_counter() - begun)
        lengths.append(len(path))
    oracle = networkx.DiGraph()
    oracle.add_weighted_edges_from((one, other, way.seconds) for (one, other), way in graph.ways.items())
    slow, wrong = [], 0
    for start, goal in ends[:20]:
        begun = time.perf_counter()
        seconds, _ = networkx.bidirectional_dijkstra(oracle, start, goal)
        slow.append(time.perf_counter() - begun)
        wrong += abs(seconds - float(trees.to([goal]).seconds[start])) > 0.01 + seconds * 1e-5
    return {
        "nodes": len(graph.spots), "edges": len(graph.ways), "graph_seconds": round(built, 2),
        "first_query_of_a_goal_ms": round(median(first) * 1000, 2), "query_ms": round(median(walked) * 1000, 4),
        "query_ms_worst": round(max(walked) * 1000, 3), "longest_path_nodes": max(lengths),
        "networkx_ms": round(median(slow) * 1000, 1), "differs_from_networkx": wrong,
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--queries", type=int, default=2000)
    given = asked.parse_args()
    found = measure(8, 20, 60, given.queries)
    print(json.dumps(found) if given.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
