"""Ways through a house: the shortest there is, for whoever walks, rolls or lies, in words that one can follow."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinglin.applications.digital_twin.navigation import (
    PROFILES,
    Found,
    Graph,
    Spot,
    Trees,
    Way,
    find,
    grow,
    make_graph,
    profile_of,
)
from xinglin.applications.digital_twin.space import Building, Closure, Door, Link, Room, Standing, Storey, read_file
from xinglin.foundation.errors import XinglinError
from xinglin_demo.building import write_hospital

Edges = dict[tuple[int, int], float]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Building:
    file = tmp_path_factory.mktemp("hospital") / "hospital.ifc"
    write_hospital(1, file)
    return read_file(file, None)


def ask(building: Building, start: str, goal: str, who: str, *shut: str) -> Found:
    profile = profile_of(who)
    standing = Standing("house", building, {}, tuple(Closure(place, "维修") for place in shut), "tag", b"")
    trees = Trees(make_graph(building, profile, shut))
    unclosed = Trees(make_graph(building, profile)) if shut else None
    return find(standing, trees, profile, [start], [goal], unclosed)


def numbered(building: Building) -> dict[str, str]:
    return {room.number: room.id for room in building.rooms}


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]),
        st.integers(1, 5000).map(lambda tenths: tenths / 10),
        max_size=60,
    ),
    st.sets(st.integers(0, 11), min_size=1, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_every_way_is_as_short_as_networkx_finds_it(edges: Edges, goals: set[int]) -> None:
    graph = Graph([Spot((0.0, 0.0), "s") for _ in range(12)], {pair: Way(w, w, "r") for pair, w in edges.items()})
    oracle = networkx.DiGraph()
    oracle.add_nodes_from(range(12))
    oracle.add_weighted_edges_from((one, other, w) for (one, other), w in edges.items())
    tree = grow(graph, sorted(goals))
    best = networkx.multi_source_dijkstra_path_length(oracle.reverse(), goals)
    for start in range(12):
        path = tree.path(start)
        assert float(tree.seconds[start]) == pytest.approx(best.get(start, inf), rel=1e-5)
        if path:
            length = sum(edges[pair] for pair in pairwise(path))
            assert length == pytest.approx(best[start], rel=1e-5)
            assert path[-1] in goals


@pytest.mark.parametrize("who", list(PROFILES))
def test_in_a_whole_hospital_each_profiles_ways_are_the_shortest(who: str, hospital: Building) -> None:
    graph = make_graph(hospital, profile_of(who), [numbered(hospital)["L3-BED1"]])
    oracle = networkx.DiGraph()
    oracle.add_weighted_edges_from((other, one, way.seconds) for (one, other), way in graph.ways.items())
    for goal in ("W07-05", "ED-01", "L4-HALL"):
        node = graph.goals[numbered(hospital)[goal]]
        tree = grow(graph, [node])
        best = networkx.single_source_dijkstra_path_length(oracle, node)
        assert len(best) > 500
        for start in graph.starts.values():
            assert float(tree.seconds[start]) == pytest.approx(best.get(start, inf), rel=1e-5)


def test_a_wheelchair_takes_the_lift_where_a_walker_may_take_the_stairs(hospital: Building) -> None:
    room = numbered(hospital)
    on_foot = ask(hospital, room["L1-DESK"], room["L2-DESK"], "walking")
    rolling = ask(hospital, room["L1-DESK"], room["L2-DESK"], "wheelchair")
    assert {step.kind for step in on_foot.steps} >= {"stairs"}
    assert {"lift", "stairs"} & {step.kind for step in rolling.steps} == {"lift"}


def test_a_bed_goes_by_a_bed_lift_and_through_wide_doors_alone(hospital: Building) -> None:
    room = numbered(hospital)
    names = {one.id: one for one in hospital.rooms}
    graph = make_graph(hospital, PROFILES["stretcher"])
    lifts = {way.room for way in graph.ways.values() if way.by == "lift"}
    assert lifts
    assert all(names[one].wide for one in lifts)
    assert ask(hospital, room["ED-01"], room["W18-01"], "stretcher").state == "found"
    assert ask(hospital, room["ED-01"], room["OP01-01"], "stretcher").state == "unreachable", "its door is 0.9 m"


def test_stores_are_no_passage_for_patients_but_may_be_where_staff_go(hospital: Building) -> None:
    storey = Storey("s", "1 层", "Level 1", 0.0)
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    rooms = tuple(
        Room(id_, "s", id_, "", "", kind, tuple((x + 4 * place, y) for x, y in square), 0.0, 3.0, public)
        for place, (id_, kind, public) in enumerate(
            (("a", "corridor", True), ("b", "storage", False), ("c", "waiting", True))
        )
    )  # type: ignore[arg-type]
    doors = (
        Door("d1", "", "s", ("a", "b"), (4.0, 2.0), 1.2, "named"),
        Door("d2", "", "s", ("b", "c"), (8.0, 2.0), 1.2, "named"),
    )
    house = Building("h", "", "", "ifc", (storey,), rooms, doors, ())
    assert ask(house, "a", "c", "walking").state == "unreachable"
    assert ask(house, "a", "b", "walking").state == "found"
    assert ask(house, "a", "c", "staff").state == "found"


def test_the_way_is_told_by_turns_landmarks_and_lift_in_both_languages(hospital: Building) -> None:
    room = numbered(hospital)
    found = ask(hospital, room["OP01-02"], room["F-LAB"], "wheelchair")
    chinese = [step.chinese for step in found.steps]
    english = [step.english for step in found.steps]
    assert chinese[0] == "从心血管内科2诊室出发"
    assert english[0] == "Start from Cardiology consulting room 2"
    assert "乘电梯到 1 层" in chinese
    assert "Take the lift to Level 1" in english
    assert any("过了门诊药房" in text and "转" in text for text in chinese)
    assert any("after Outpatient pharmacy" in text for text in english)
    assert chinese[-1] == "到达检验科采血处"


def test_left_is_left_and_right_is_right() -> None:
    storey = Storey("s", "1 层", "Level 1", 0.0)
    hall = Room(
        "hall", "s", "", "大厅", "Hall", "corridor", ((0.0, 0.0), (20.0, 0.0), (20.0, 3.0), (0.0, 3.0)), 0.0, 3.0
    )
    north = replace_room(hall, "north", ((14.0, 3.0), (18.0, 3.0), (18.0, 9.0), (14.0, 9.0)))
    south = replace_room(hall, "south", ((14.0, -6.0), (18.0, -6.0), (18.0, 0.0), (14.0, 0.0)))
    west = replace_room(hall, "west", ((-6.0, 0.0), (0.0, 0.0), (0.0, 3.0), (-6.0, 3.0)))
    doors = tuple(
        Door(f"to {room.id}", "", "s", ("hall", room.id), at, 1.2, "named")
        for room, at in ((north, (16.0, 3.0)), (south, (16.0, 0.0)), (west, (0.0, 1.5)))
    )
    house = Building("h", "", "", "ifc", (storey,), (hall, north, south, west), doors, ())
    turns = {goal: [step.turn for step in ask(house, "west", goal, "walking").steps] for goal in ("north", "south")}
    assert "left" in turns["north"] and "right" not in turns["north"]
    assert "right" in turns["south"] and "left" not in turns["south"]


def replace_room(room: Room, id_: str, outline: tuple[tuple[float, float], ...]) -> Room:
    import msgspec

    return msgspec.structs.replace(room, id=id_, name=id_, name_en=id_, category="waiting", outline=outline)


def test_a_way_round_a_corner_does_not_cut_through_the_wall() -> None:
    bent = ((0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (17.0, 20.0), (17.0, 3.0), (0.0, 3.0))
    storey = Storey("s", "1 层", "Level 1", 0.0)
    corridor = Room("c", "s", "", "走廊", "Corridor", "corridor", bent, 0.0, 3.0)
    one = Room("a", "s", "", "甲", "A", "waiting", ((-4.0, 0.0), (0.0, 0.0), (0.0, 3.0), (-4.0, 3.0)), 0.0, 3.0)
    other = Room("b", "s", "", "乙", "B", "waiting", ((17.0, 20.0), (20.0, 20.0), (20.0, 24.0), (17.0, 24.0)), 0.0, 3.0)
    doors = (
        Door("1", "", "s", ("a", "c"), (0.0, 1.5), 1.2, "named"),
        Door("2", "", "s", ("b", "c"), (18.5, 20.0), 1.2, "named"),
    )
    found = ask(Building("h", "", "", "ifc", (storey,), (corridor, one, other), doors, ()), "a", "b", "walking")
    assert found.metres > 36.0, "the straight line would be 31 m"
    assert "left" in [step.turn for step in found.steps]


def test_who_is_there_already_is_told_so(hospital: Building) -> None:
    room = numbered(hospital)["F-PHARM"]
    found = ask(hospital, room, room, "walking")
    assert (found.state, found.chinese) == ("same", "您已在门诊药房。")


def test_what_is_shut_on_the_only_way_is_named_with_its_reason(hospital: Building) -> None:
    room = numbered(hospital)
    found = ask(hospital, room["F-PHARM"], room["OP01-01"], "walking", room["L2-W"])
    assert found.state == "closed"
    assert "维修" in found.chinese
    assert "shut" in found.english


def test_a_shut_lift_is_gone_round_by_another(hospital: Building) -> None:
    room = numbered(hospital)
    lifts = [id_ for number, id_ in room.items() if "-LIFT1" in number or "-BED" in number]
    found = ask(hospital, room["F-PHARM"], room["OP01-01"], "wheelchair", *lifts)
    assert found.state == "found"


def test_a_crowded_hall_takes_longer(hospital: Building) -> None:
    room = numbered(hospital)
    empty = make_graph(hospital, PROFILES["walking"])
    full = make_graph(hospital, PROFILES["walking"], crowd={room["L1-HALL"]: 60})
    ends = [(graph, graph.starts[room["L1-DESK"]], graph.goals[room["F-PHARM"]]) for graph in (empty, full)]
    seconds = [float(grow(graph, [goal]).seconds[start]) for graph, start, goal in ends]
    assert seconds[1] > seconds[0] * 1.2


def test_a_profile_that_nobody_knows_is_refused() -> None:
    with pytest.raises(XinglinError, match="profile is one of"):
        profile_of("flying")


def test_stairs_in_an_open_room_join_two_storeys() -> None:
    storeys = (Storey("s", "1 层", "Level 1", 0.0), Storey("t", "2 层", "Level 2", 3.0, 1))
    square = ((0.0, 0.0), (6.0, 0.0), (6.0, 6.0), (0.0, 6.0))
    rooms = tuple(Room(id_, id_, "", id_, id_, "other", square, 0.0, 3.0) for id_ in ("s", "t"))
    house = Building("h", "", "", "ifc", storeys, rooms, (), (Link(("s", "t"), "stairs", "geometry"),))
    assert [step.kind for step in ask(house, "s", "t", "walking").steps] == ["start", "stairs", "arrive"]
    assert ask(house, "s", "t", "wheelchair").state == "unreachable"
