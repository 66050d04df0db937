"""What the kernel does with calendars, skills, batches, beds, appointments and attributes, in days small enough to count."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from xinglin.applications.digital_twin.process import (
    Appointments,
    Calendar,
    Class,
    Distribution,
    Network,
    Plan,
    Pool,
    Route,
    Source,
    Station,
    always,
    check,
    deterministic,
    exponential,
    loads,
    simulate,
    write_csv,
    write_ocel,
    write_xes,
)
from xinglin.foundation.errors import XinglinError


def at(*times: float, name: str = "door", of_class: str = "patient", to: str = "a", **attributes: str) -> Source:
    shares = {key: {value: 1.0} for key, value in attributes.items()}
    return Source(name, (Route(to),), of_class, appointments=Appointments(times), attributes=shares)


def lines(network: Network, horizon: float = 1000) -> list[tuple[float, str, str, float, float, float]]:
    """(slot, station, pool, queued, started, ended) of every step, by end."""
    check(network)
    log = simulate(network, Plan(horizon, log=True, overload=True, drain=horizon)).log[0]
    return [
        (
            float(line["due"]),
            network.stations[line["station"]].name,
            network.pools[line["pool"]].name if line["pool"] >= 0 else "",
            float(line["queued"]),
            float(line["started"]),
            float(line["ended"]),
        )
        for line in log
    ]


def test_nobody_is_called_before_the_doctor_comes_and_a_consultation_is_ended_after_the_shift() -> None:
    shift = Calendar((0, 30, 60), (0, 1, 0), 120)
    network = Network((Station("a", deterministic(20), ("d",)),), (at(0, 1, 2),), (Pool("d", shift),))
    assert [(each[4], each[5]) for each in lines(network)] == [(30, 50), (50, 70), (150, 170)]


def test_whoever_has_the_skill_helps_and_the_preferred_comes_first() -> None:
    network = Network(
        (Station("a", deterministic(10), ("junior", "senior")), Station("b", deterministic(10), ("senior",))),
        (at(0, 1, 3), at(2, name="other", to="b")),
        (Pool("junior", always(1)), Pool("senior", always(1))),
    )
    assert [(each[1], each[2], each[4]) for each in lines(network)] == [
        ("a", "junior", 0), ("a", "senior", 1), ("a", "junior", 10), ("b", "senior", 11),
    ]  # fmt: skip


def test_the_urgent_interrupt_the_last_begun_who_goes_on_before_others() -> None:
    network = Network(
        (Station("a", deterministic(10), ("d",)),),
        (at(0, 1), at(4, name="ambulance", of_class="urgent")),
        (Pool("d", always(1), preemptive=True),),
        (Class("urgent", 0), Class("patient", 1)),
    )
    assert [(each[0], each[5]) for each in lines(network)] == [(4, 14), (0, 20), (1, 30)]


def test_a_transport_leaves_when_it_is_full_or_when_the_first_has_waited_long_enough() -> None:
    station = Station("a", deterministic(5), ("lift",), batch=3, batch_wait_minutes=30)
    network = Network((station,), (at(0, 1, 2, 10, 15),), (Pool("lift", always(1)),))
    assert sorted((each[0], each[4], each[5]) for each in lines(network)) == [
        (0, 2, 7), (1, 2, 7), (2, 2, 7), (10, 40, 45), (15, 40, 45),
    ]  # fmt: skip


def test_a_patient_keeps_the_bed_until_the_next_ward_has_one() -> None:
    network = Network(
        (
            Station("a", deterministic(10), ("intensive",), (Route("b"),), hold=True),
            Station("b", deterministic(50), ("ward",)),
        ),
        (at(0, 1, 2),),
        (Pool("intensive", always(1)), Pool("ward", always(1))),
    )
    begun = {(each[1], each[0]): each[4] for each in lines(network)}
    assert [begun["a", t] for t in (0, 1, 2)] == [0, 10, 60]
    assert [begun["b", t] for t in (0, 1, 2)] == [10, 60, 110]


def test_a_full_waiting_room_sends_people_away() -> None:
    station = Station("a", deterministic(10), ("d",), waiting_places=1)
    network = Network((station,), (at(0, 1, 2, 3),), (Pool("d", always(1)),))
    outcome = simulate(network, Plan(100, overload=True))
    assert outcome.visits[0, 0, 3] == 2
    assert outcome.visits[0, 0, 0] == 2


def test_patients_go_where_their_department_is() -> None:
    network = Network(
        (
            Station("a", deterministic(1), (), (Route("eyes", 1, {"for": "eyes"}), Route("skin", 1, {"for": "skin"}))),
            Station("eyes", deterministic(1)),
            Station("skin", deterministic(1)),
        ),
        (at(0, 1, **{"for": "eyes"}), at(2, name="two", **{"for": "skin"})),
        attributes={"for": ("eyes", "skin")},
    )
    assert [each[1] for each in lines(network) if each[1] != "a"] == ["eyes", "eyes", "skin"]


def test_people_are_late_or_early_and_some_never_come() -> None:
    booked = Appointments(
        tuple(float(t) for t in range(100, 500)), Distribution("uniform", (-5, 5), signed=True), no_show=0.25
    )
    network = Network(
        (Station("a", deterministic(0)),), (Source("door", (Route("a"),), "patient", appointments=booked),)
    )
    log = simulate(network, Plan(600, replications=50, log=True)).log
    off = np.concatenate([each["arrived"] - each["due"] for each in log])
    assert -5 <= off.min() < -4.9 and 4.9 < off.max() <= 5
    assert len(off) / (50 * 400) == pytest.approx(0.75, abs=3 * (0.75 * 0.25 / 20000) ** 0.5)


def test_the_log_of_a_day_can_be_read_by_others(tmp_path: Path) -> None:
    network = Network((Station("a <&>", deterministic(5), ("d",)),), (at(0, 1, to="a <&>"),), (Pool("d", always(1)),))
    log = simulate(network, Plan(100, log=True, overload=True)).log[0]
    begin = datetime(2026, 3, 2, 8, tzinfo=UTC)
    write_csv(network, log, begin, tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["start_time"] for row in rows] == ["2026-03-02T08:00:00.000+00:00", "2026-03-02T08:05:00.000+00:00"]
    write_xes(network, log, begin, tmp_path / "log.xes")
    names = [each.get("value") for each in ET.parse(tmp_path / "log.xes").iter() if each.get("key") == "concept:name"]
    assert names.count("a <&>") == 4
    write_ocel(network, log, begin, tmp_path / "log.json")
    ocel = json.loads((tmp_path / "log.json").read_text("utf-8"))
    assert {each["type"] for each in ocel["events"]} <= {each["name"] for each in ocel["eventTypes"]}
    known = {each["id"] for each in ocel["objects"]}
    assert len(ocel["events"]) == 2
    assert all(link["objectId"] in known for each in ocel["events"] for link in each["relationships"])


def clinic(service: float, rate: float = 1.0, **pool: object) -> Network:
    return Network(
        (Station("consult", exponential(service), ("doctors",), (Route("consult", 0.5),)),),
        (Source("door", (Route("consult"),), "patient", rate=always(rate)),),
        (Pool("doctors", always(2), **pool),),  # type: ignore[arg-type]
    )


def test_a_queue_that_would_grow_for_ever_is_named_before_anything_runs() -> None:
    assert loads(clinic(0.8))["doctors"] == pytest.approx(0.8)
    with pytest.raises(XinglinError, match=r"doctors.*1\.000") as refused:
        simulate(clinic(1.0), Plan(10))
    assert "无限增长" in refused.value.chinese


def test_a_loop_that_nobody_can_leave_is_a_queue_that_grows_for_ever() -> None:
    loop = Station("a", exponential(0.001), ("d",), (Route("a"),))
    network = Network((loop,), (Source("s", (Route("a"),), "patient", rate=always(1)),), (Pool("d", always(9)),))
    with pytest.raises(XinglinError, match="∞"):
        simulate(network, Plan(10))


NOBODY = Calendar((0, 10), (0, 0), 20)
REFUSED = {
    "nobody is ever on duty": Network((Station("a", exponential(1), ("d",)),), (at(0),), (Pool("d", NOBODY),)),
    "fewer than nobody": Network((Station("a", exponential(1), ("d",)),), (at(0),), (Pool("d", always(-1)),)),
    "whole number": Network((Station("a", exponential(1), ("d",)),), (at(0),), (Pool("d", always(1.5)),)),
    "must rise": Network(
        (Station("a", exponential(1), ("d",)),), (at(0),), (Pool("d", Calendar((0, 5, 5), (1, 2, 3))),)
    ),
    "pool that does not exist": Network((Station("a", exponential(1), ("x",)),), (at(0),)),
    "leads to x": Network((Station("a", exponential(1), (), (Route("x"),)),), (at(0),)),
    "more than probability 1": Network(
        (Station("a", exponential(1), (), (Route("a", 0.6), Route("a", 0.6))),), (at(0),)
    ),
    "finite values": Network((Station("a", exponential(float("nan"))),), (at(0),)),
    "cannot have the values": Network((Station("a", exponential(-1)),), (at(0),)),
    "outside its bounds|within its bounds": Network((Station("a", Distribution("normal", (0, 1, 50, 60))),), (at(0),)),
    "stands twice": Network((Station("a", exponential(1)), Station("a", exponential(1))), (at(0),)),
}


@pytest.mark.parametrize("told", REFUSED)
def test_a_house_that_cannot_be_is_refused_in_words(told: str) -> None:
    with pytest.raises(XinglinError, match=told) as refused:
        simulate(REFUSED[told], Plan(10))
    assert refused.value.chinese != refused.value.english
