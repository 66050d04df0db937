"""The outcome benchmark: exact where nothing varies, equal in patients and minutes, and judged on other days than tuned."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from xinglin.applications.digital_twin.outcome import Settings, assumptions, measure, playing, table
from xinglin.applications.digital_twin.outcome.assumption import bounds, check_settings, values
from xinglin.applications.digital_twin.outcome.demand import JUDGING, PAST, TUNING, Reality, build_house, make_day
from xinglin.applications.digital_twin.outcome.judging import PERTURBED, judge, prepare, require_equal
from xinglin.applications.digital_twin.outcome.lever import ALONE, BEFORE, EVERY, Levers, Tuned
from xinglin.applications.digital_twin.outcome.playing import Arm, make_trace, play
from xinglin.applications.digital_twin.outcome.roster import forecast_roster, usual_roster
from xinglin.applications.digital_twin.outcome.ward import (
    EVERY_WARD,
    WARDS_ALONE,
    WARDS_BEFORE,
    admissions,
    staffed_hours,
    stays,
    ward_network,
)
from xinglin.applications.digital_twin.outcome.ward_judging import require_same_medicine
from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.twinning import app

STILL = {
    "departments": 1, "doctors": 4, "load": 0.5, "booked_share": 1, "no_show": 0, "test_share": 0, "day_shock": 0,
    "department_swing": 0, "doctor_variation": 0, "consult_variation": 0, "doctor_late_minutes": 0,
    "interruption_minutes": 0, "early_minutes": 0, "elderly_early_minutes": 0, "punctuality_deviation": 0,
    "keeps_time_share": 1, "consult_minutes": 6,
}  # fmt: skip
SMALL = {"departments": 4.0, "doctors": 16.0}


def still_house() -> Any:
    """A house where every contact takes six minutes and nobody is early, late or absent."""
    return make_trace(build_house(values("reference_hospital") | STILL), Reality(), 1, TUNING, 5)


def mean_wait(arm: Arm) -> float:
    return float(arm.sums["wait"].sum() / arm.patients.sum())


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return measure(Settings(days=20, seed=3, assumed=SMALL, sensitive=False))


@pytest.fixture(scope="module")
def small() -> Any:
    return make_trace(build_house(values("reference_hospital", SMALL)), Reality(), 5, JUDGING, 10)


def test_where_nothing_varies_and_each_has_a_time_nobody_waits() -> None:
    arm = play(still_house(), Levers("per_doctor"), Tuned(), 60)
    assert arm.patients.sum() > 500
    assert arm.sums["wait"].sum() == pytest.approx(0, abs=1e-6)
    assert arm.sums["from_arrival"].sum() == pytest.approx(0, abs=1e-6)


def test_where_all_stand_at_the_door_each_waits_for_those_before() -> None:
    trace = still_house()
    waits = 0.0
    for day in trace.days:
        for half in (0, 1):
            here = int((day.half == half).sum())
            queues = Counter(place % 4 for place in range(here))  # four doctors, equal numbers
            waits += sum(6 * n * (n - 1) / 2 for n in queues.values())
    arm = play(trace, BEFORE, Tuned(), 1e-6)
    assert arm.sums["wait"].sum() == pytest.approx(waits, rel=1e-9)
    assert arm.sums["from_arrival"].sum() == pytest.approx(waits + 20 * arm.patients.sum(), rel=1e-6)


def test_doctors_hours_are_counted_to_the_minute() -> None:
    arm = play(still_house(), BEFORE, Tuned(), 1e-6)
    assert arm.sums["rostered"].sum() == 5 * 4 * (240 + 210)
    assert arm.sums["worked"].sum() == pytest.approx(6 * arm.patients.sum())
    assert (arm.sums["worked"] - arm.sums["overtime"] + arm.sums["idle"]).sum() == pytest.approx(5 * 4 * 450)


@pytest.mark.parametrize("name", [*ALONE, "all"])
def test_every_lever_sees_the_same_patients_with_the_same_rostered_minutes(small: Any, name: str) -> None:
    before = play(small, BEFORE, Tuned(), 60)
    after = play(small, ALONE.get(name, EVERY), Tuned(), 60)
    require_equal(before, after, name)
    assert before.seen == after.seen and before.patients.tolist() == after.patients.tolist()
    assert (after.sums["from_arrival"] >= after.sums["wait"] - 1e-6).all()


@pytest.mark.parametrize("name", ["timed_slots_ours", "guided_arrival", "tests_before_the_doctor", "follow_ups_online"])
def test_no_doctor_minute_is_saved_by_changing_when_patients_come(small: Any, name: str) -> None:
    before, after = play(small, BEFORE, Tuned(), 60), play(small, ALONE[name], Tuned(), 60)
    assert after.sums["worked"] == pytest.approx(before.sums["worked"], rel=1e-9)


def test_an_arm_with_other_patients_or_more_doctors_is_refused(small: Any) -> None:
    before = play(small, BEFORE, Tuned(), 60)
    more = replace(before, sums=before.sums | {"rostered": before.sums["rostered"] + 1})
    for cheat in (replace(before, seen="others"), more):
        with pytest.raises(XinglinError, match="cheat") as refused:
            require_equal(before, cheat, "cheat")
        assert refused.value.category is Category.FAULT


def test_a_placebo_does_nothing(told: dict[str, Any]) -> None:
    low, high = told["levers"]["placebo"]["reduction_ci95"]
    assert low < 0 < high
    low, high = told["wards"]["levers"]["placebo"]["days_saved_ci95"]
    assert low < 0 < high


def test_the_same_seed_gives_the_same_figures_and_another_other_ones() -> None:
    house = build_house(values("reference_hospital", SMALL))
    runs = [mean_wait(play(make_trace(house, Reality(), seed, JUDGING, 5), EVERY, Tuned(), 60)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_the_figures_that_were_promised_are_there_with_their_intervals(told: dict[str, Any]) -> None:
    low, high = told["reduction_ci95"]
    assert 25.8 < low < told["reduction_percent"] < high
    assert told["from_arrival_reduction_ci95"][0] > 25.8, "counted from arrival the bar must hold as well"
    assert told["overtime_ci95"][1] <= told["baseline_overtime_ci95"][1]
    assert told["baseline_wait_minutes"] == pytest.approx(39.1, rel=0.15)
    assert told["stay_days_saved_ci95"][0] > 0
    assert set(ALONE) | {"all", "all_without_saved_minutes"} == set(told["levers"])
    for row in told["levers"].values():
        assert {"wait_minutes", "reduction_percent", "reduction_ci95", "from_arrival_minutes", "idle_minutes"} <= set(
            row
        )
    json.dumps(told, allow_nan=False)


def test_each_ward_lever_has_its_share_of_what_the_chosen_save(told: dict[str, Any]) -> None:
    levers = told["wards"]["levers"]
    assert levers["chosen"]["share_of_chosen_percent"] == 100.0
    for name in WARDS_ALONE:
        expected = 100 * levers[name]["days_saved"] / levers["chosen"]["days_saved"]
        assert levers[name]["share_of_chosen_percent"] == pytest.approx(expected, abs=0.06)
    assert levers["chosen"]["days_saved"] >= levers["all"]["days_saved"] - 0.05


def test_groups_are_told_apart_and_none_is_left_worse_off(told: dict[str, Any]) -> None:
    for group in ("elderly", "far_away", "walk_ins"):
        assert told["fairness"][group]["all_minutes"] < told["fairness"][group]["before_minutes"]


def test_five_and_more_spoilt_hospitals_are_reported(told: dict[str, Any]) -> None:
    assert len(told["perturbed"]) == len(PERTURBED) >= 5
    spoilt = told["perturbed"]
    assert spoilt["demand_surge"]["baseline_wait_minutes"] > told["baseline_wait_minutes"]
    assert spoilt["fewer_doctors"]["baseline_overtime_minutes"] > told["baseline_overtime_minutes"]
    assert spoilt["few_phones"]["wait_minutes"] > told["wait_minutes"]


def test_days_that_were_tuned_on_are_never_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def noted(house: Any, reality: Any, seed: int, kind: int, index: int) -> Any:
        seen.append(kind)
        return make_day(house, reality, seed, kind, index)

    monkeypatch.setattr(playing, "make_day", noted)
    prepared = prepare(SMALL, 1, 5, lambda _: None)
    assert set(seen) == {TUNING}
    seen.clear()
    judge(prepared, 1, 5, lambda _: None)
    assert set(seen) == {JUDGING}
    days = [make_day(prepared.house, Reality(), 1, kind, 0) for kind in (PAST, TUNING, JUDGING)]
    assert len({float(day.consult.sum()) for day in days}) == 3


def test_the_forecast_moves_sessions_within_the_week_and_adds_none() -> None:
    house = build_house(values("reference_hospital"))
    usual, moved = usual_roster(house, Reality()), forecast_roster(house, Reality(), 1)
    assert (usual.sum(axis=0) == moved.sum(axis=0)).all()
    assert (moved >= 1).all() and (moved != usual).any()
    assert moved[0].sum() > moved[4].sum(), "Mondays are asked for more than Fridays"


def test_every_assumption_has_a_source_and_a_range_around_its_value() -> None:
    for part in ("reference_hospital", "reference_wards"):
        for each in assumptions(part):  # type: ignore[arg-type]
            assert each.low <= each.value <= each.high, each.name
            assert each.source and each.english != each.chinese, each.name
            least, most = bounds(each)
            assert least <= each.low and each.high <= most, each.name


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("no_shows", 0.2, "did you mean no_show"),
        ("no_show", 1.5, "outside"),
        ("doctors", 20.5, "whole number"),
        ("load", float("nan"), "outside"),
        ("consult_minutes", 0.0, "outside"),
    ],
)
def test_an_assumption_that_is_not_known_or_cannot_be_is_refused_in_words(name: str, value: float, words: str) -> None:
    with pytest.raises(XinglinError, match=words) as refused:
        check_settings({name: value})
    assert refused.value.chinese != refused.value.english


def test_a_house_that_cannot_wait_that_long_is_said_not_faked() -> None:
    with pytest.raises(XinglinError, match="no crowding"):
        prepare({**SMALL, "target_wait_minutes": 200.0}, 1, 5, lambda _: None)


def test_no_medical_minute_is_cut_and_no_staff_hour_added_in_the_wards() -> None:
    v = values("reference_wards")
    given = [admissions(v, 1, JUDGING, i) for i in range(2)]
    before = [stays(v, each, WARDS_BEFORE, 6.0) for each in given]
    for name, levers in {**WARDS_ALONE, "all": EVERY_WARD}.items():
        after = [stays(v, each, levers, 6.0) for each in given]
        require_same_medicine(v, before, after, levers, name)
        assert all((each.stay >= each.medical - 1e-9).all() for each in after if not levers.tests_at_admission)
    cheat = [replace(each, medical=each.medical * 0.99) for each in before]
    with pytest.raises(XinglinError, match="other medical time"):
        require_same_medicine(v, before, cheat, WARDS_BEFORE, "cheat")


def test_staff_of_the_wards_have_the_same_hours_a_week_at_other_times() -> None:
    v = values("reference_wards")
    assert staffed_hours(ward_network(v, WARDS_BEFORE)) == staffed_hours(ward_network(v, EVERY_WARD))
    assert ward_network(v, WARDS_BEFORE) != ward_network(v, EVERY_WARD)


def test_tests_that_wait_for_nothing_make_a_stay_of_medicine_and_rounds_alone() -> None:
    v = values("reference_wards") | {"ward_test_share": 0, "ward_second_test_share": 0, "ward_consult_share": 0}
    v |= {"ward_surgical_share": 0, "ward_late_ready_share": 0}
    stay = stays(v, admissions(v, 1, JUDGING, 0), WARDS_BEFORE, 6.0)
    assert stay.waited["test"] == stay.waited["consult"] == stay.waited["theatre"] == 0
    extra = stay.stay - stay.medical
    assert extra.min() > 0 and extra.max() < 4.1, "two rounds and the office, at most over a Sunday"


def test_the_tables_are_told_in_both_languages(told: dict[str, Any]) -> None:
    english, chinese = table(told, "en"), table(told, "zh")
    assert "tests before the doctor" in english and "先检查后就诊" in chinese
    assert str(told["wait_minutes"]) in english and str(told["wait_minutes"]) in chinese


def test_the_command_says_which_name_it_does_not_know_and_leaves_with_2() -> None:
    result = CliRunner().invoke(app, ["outcome", "--set", "waitt=3", "--json"])
    assert result.exit_code == 2
    assert "waitt" in result.stderr and "没有这一假设" in result.stderr
    assert CliRunner().invoke(app, ["outcome", "--set", "load"]).exit_code == 2
    assert CliRunner().invoke(app, ["outcome", "--days", "0"]).exit_code == 2
