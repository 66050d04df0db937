"""A model learnt from a log tells what comes after the log, and how far it is from the truth is measured as others do."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from log_distance_measures.absolute_event_distribution import absolute_event_distribution_distance
from log_distance_measures.circadian_event_distribution import circadian_event_distribution_distance
from log_distance_measures.config import DEFAULT_CSV_IDS, EventLogIDs
from log_distance_measures.cycle_time_distribution import cycle_time_distribution_distance
from log_distance_measures.n_gram_distribution import n_gram_distribution_distance
from log_distance_measures.relative_event_distribution import relative_event_distribution_distance
from typer.testing import CliRunner

from xinglin.applications.digital_twin.discovery import (
    EventLog,
    discover,
    distance,
    read_log,
    read_model,
    simulate_model,
    write_log,
    write_model,
)
from xinglin.applications.digital_twin.discovery.weekclock import accumulated, clock, speeds, worked
from xinglin.applications.digital_twin.process import (
    Calendar,
    Network,
    Plan,
    Pool,
    Route,
    Source,
    Station,
    exponential,
    lognormal,
    simulate,
    write_csv,
)
from xinglin.foundation.errors import XinglinError
from xinglin.server.cli import app

LOGS = Path(os.environ.get("XINGLIN_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "logs"
RUNNER = CliRunner()


@pytest.fixture(scope="module")
def clinic_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of a made-up clinic open from eight to five, written by the process kernel."""
    shift = Calendar((0, 480, 1020), (0, 3, 0), 1440)
    network = Network(
        (
            Station("triage", exponential(3), ("nurses",), (Route("consult"),)),
            Station("consult", lognormal(10, 0.6), ("doctors",), (Route("laboratory", 0.4), Route("pharmacy", 0.4))),
            Station("laboratory", exponential(20), (), (Route("consult", 0.9),)),
            Station("pharmacy", exponential(4), ("pharmacists",)),
        ),
        (Source("door", (Route("triage"),), "patient", rate=Calendar((0, 480, 960), (0, 0.08, 0), 1440)),),
        tuple(Pool(name, shift) for name in ("nurses", "doctors", "pharmacists")),
    )
    log = simulate(network, Plan(21 * 1440, log=True, drain=1440)).log[0]
    file = tmp_path_factory.mktemp("clinic") / "clinic.csv"
    write_csv(network, log, datetime(2026, 3, 2, tzinfo=UTC), file)
    return file


def halves(log: EventLog, share: float = 0.6) -> tuple[EventLog, EventLog]:
    number = np.arange(len(log.cases))
    cut = round(len(log.cases) * share)
    return log.part(number < cut), log.part(number >= cut)


def mean_distance(earlier: EventLog, later: EventLog, runs: int = 10) -> dict[str, float]:
    model = discover(earlier)
    found = [distance(simulate_model(model, len(later.cases), seed), later).as_dict() for seed in range(runs)]
    return {key: float(np.mean([each[key] for each in found])) for key in found[0]}


def test_cases_simulated_from_the_first_weeks_look_like_those_of_the_next(clinic_csv: Path) -> None:
    earlier, later = halves(read_log(clinic_csv))
    found = mean_distance(earlier, later)
    assert found["ngd"] < 0.08
    assert found["ctd"] < 0.25, "hours"
    assert found["ced"] < 1.0, "hours"
    assert found["aed"] < 24, "hours: within a day of the true moments"


def test_simulated_cases_come_after_the_log_and_are_the_same_for_the_same_seed(
    clinic_csv: Path, tmp_path: Path
) -> None:
    log = read_log(clinic_csv)
    model = discover(log)
    write_model(model, tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == model
    one, same, other = (simulate_model(model, 50, seed) for seed in (7, 7, 8))
    assert (one.start == same.start).all() and (one.activity == same.activity).all()
    assert len(one.start) != len(other.start) or (one.start != other.start).any()
    assert one.start.min() > log.start[log.first()[:-1]].max()
    later = simulate_model(model, 50, 7, datetime(2027, 1, 4, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(later.start.min(), UTC).isoformat() >= "2027-01-04"
    assert (one.end >= one.start).all()


def frame(log: EventLog) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case": [log.cases[i] for i in log.case],
            "activity": [log.activities[i] for i in log.activity],
            "start_timestamp": pd.to_datetime(log.start, unit="s", utc=True),
            "end_timestamp": pd.to_datetime(log.end, unit="s", utc=True),
        }
    )


def test_the_five_distances_are_those_of_the_published_package(clinic_csv: Path) -> None:
    earlier, later = halves(read_log(clinic_csv), 0.3)
    a, b, ids = frame(earlier), frame(later), EventLogIDs()
    assert ids != DEFAULT_CSV_IDS
    theirs = {
        "ngd": n_gram_distribution_distance(a, ids, b, ids, n=3),
        "aed": absolute_event_distribution_distance(a, ids, b, ids),
        "ced": circadian_event_distribution_distance(a, ids, b, ids),
        "red": relative_event_distribution_distance(a, ids, b, ids),
        "ctd": cycle_time_distribution_distance(a, ids, b, ids, bin_size=pd.Timedelta(hours=1)),
    }
    assert distance(earlier, later).as_dict() == pytest.approx(theirs, rel=1e-9)
    assert distance(earlier, earlier).as_dict() == dict.fromkeys(theirs, 0.0)


@pytest.mark.parametrize("smoothing", [None, 0.0, 0.3, -0.05])
def test_working_time_runs_back_to_the_same_moment(smoothing: float | None) -> None:
    random = np.random.default_rng(1)
    monday = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    days, hours = random.integers(0, 5, 4000), random.uniform(8, 17, 4000)
    cumulated = accumulated(speeds(monday + days * 86400 + hours * 3600, smoothing))
    for t in monday + 30 * 86400 + np.array([8.7, 12.0, 16.2]) * 3600:
        assert clock(worked(t, cumulated), cumulated) == pytest.approx(t, abs=0.01)
    if smoothing in (0.0, -0.05):
        friday_night = monday + 4 * 86400 + 20 * 3600
        assert clock(worked(friday_night, cumulated), cumulated) == pytest.approx(monday + 7 * 86400 + 8 * 3600, abs=1)


def test_a_log_with_one_activity_and_one_case_can_be_learnt_from(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("case_id,activity,end_time\nNA,come,2026-01-05T09:00:00\n", "utf-8")
    model = discover(read_log(file))
    log = simulate_model(model, 20, 1)
    assert len(log.case) == 20 and log.activities == ["come"]
    write_log(log, tmp_path / "out.csv")
    assert len(read_log(tmp_path / "out.csv").cases) == 20


def test_a_model_file_that_does_not_hold_together_is_refused(clinic_csv: Path, tmp_path: Path) -> None:
    write_model(discover(halves(read_log(clinic_csv), 0.1)[0]), tmp_path / "good.json")
    good = json.loads((tmp_path / "good.json").read_text("utf-8"))
    amiss = [
        {"step_gap": good["step_gap"][:-1]}, {"step_activity": [99, *good["step_activity"][1:]]}, {"waits": [0, 1]},
        {"format": "other"}, {"step_activity": [*good["step_activity"][:-1], 0]}, {"cases": "many"},
        {"arrivals": good["arrivals"] | {"gaps": []}},
    ]  # fmt: skip
    for change in amiss:
        (tmp_path / "bad.json").write_text(json.dumps(good | change), "utf-8")
        with pytest.raises(XinglinError, match=r"bad\.json"):
            read_model(tmp_path / "bad.json")


def test_the_commands_learn_simulate_and_compare(clinic_csv: Path, tmp_path: Path) -> None:
    model, out = str(tmp_path / "model.json"), str(tmp_path / "out.csv")
    assert RUNNER.invoke(app, ["twin", "discover", str(clinic_csv), "--out", model]).exit_code == 0
    made = RUNNER.invoke(app, ["twin", "simulate", model, "--cases", "100", "--seed", "1", "--out", out])
    assert made.exit_code == 0
    told = RUNNER.invoke(app, ["twin", "compare", str(clinic_csv), out, "--json"])
    assert sorted(json.loads(told.stdout)) == ["aed", "ced", "ctd", "ngd", "red"]
    header = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert header[0] == "case_id,activity,resource,start_time,end_time"
    assert header[1].endswith("+00:00")


@pytest.mark.parametrize(
    "command",
    [
        ["discover", "absent.csv", "--out", "m.json"],
        ["simulate", "absent.json", "--out", "o.csv"],
        ["simulate", "empty.json", "--out", "o.csv"],
        ["compare", "empty.csv", "empty.csv", "--json"],
        ["run", "empty.json", "--minutes", "10"],
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_two_languages(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty.json", "empty.csv"):
        Path(name).write_bytes(b"")
    done = RUNNER.invoke(app, ["twin", *command])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 2


def test_a_network_in_a_file_is_played_and_one_that_overflows_is_refused(tmp_path: Path) -> None:
    network = {
        "stations": [{"name": "a", "service": {"kind": "exponential", "values": [0.8]}, "pools": ["d"]}],
        "sources": [
            {"name": "s", "entry": [{"to": "a"}], "class_name": "patient", "rate": {"starts": [0], "levels": [1]}}
        ],
        "pools": [{"name": "d", "capacity": {"starts": [0], "levels": [1]}}],
    }
    file = tmp_path / "network.json"
    file.write_text(json.dumps(network), "utf-8")
    log = str(tmp_path / "log.xes")
    done = RUNNER.invoke(
        app, ["twin", "run", str(file), "--minutes", "20000", "--warm-up", "1000", "--log", log, "--json"]
    )
    told = json.loads(done.stdout)
    low, high = told["stations"]["a"]["wait_minutes"]["ci95"]
    assert low < 3.2 < high
    assert len(read_log(Path(log)).cases) > 15_000
    network["pools"][0]["capacity"]["levels"] = [0]  # type: ignore[index]
    file.write_text(json.dumps(network), "utf-8")
    assert "nobody is ever on duty" in RUNNER.invoke(app, ["twin", "run", str(file), "--minutes", "9"]).stderr
    network["pools"][0]["capacities"] = 3  # type: ignore[index]
    file.write_text(json.dumps(network), "utf-8")
    assert "capacities is not known" in RUNNER.invoke(app, ["twin", "run", str(file), "--minutes", "9"]).stderr


HELD_OUT = {
    "ACR_training_csv_log.csv": {"ngd": 0.239, "aed": 242.0, "ced": 2.6},
    "simod_LoanApp_simplified_train.csv.gz": {"ngd": 0.12, "red": 3.0, "ctd": 3.0},
    "sepsis_first70.csv.gz": {"ngd": 0.2, "red": 80.0, "ced": 3.0},
}


@pytest.mark.parametrize("name", HELD_OUT)
def test_the_later_part_of_a_published_log_is_foretold_from_its_earlier_part(name: str) -> None:
    if not (LOGS / name).is_file():
        pytest.skip(f"the shared data are not here: {LOGS / name}")
    found = mean_distance(*halves(read_log(LOGS / name)))
    assert {key: value for key, value in found.items() if value > HELD_OUT[name].get(key, np.inf)} == {}
