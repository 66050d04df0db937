"""What happens in two days of the demo hospital is what may happen in a hospital."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from xinglin_demo.day import Kind
from xinglin_demo.day.course import values
from xinglin_demo.day.laboratory import ANALYTES, PANELS, PICTURES
from xinglin_demo.hospital import DEPARTMENTS

from .telling import BEGAN_AT, told, two_days

OPENING = {Kind.ADMITTED, Kind.ARRIVED}
CLOSING = {Kind.DISCHARGED, Kind.ADMISSION_CANCELLED}


def test_the_morning_census_fills_about_480_of_600_beds() -> None:
    admitted = {one.stay.visit for one in two_days() if one.at < BEGAN_AT and one.kind is Kind.ADMITTED}
    assert 440 <= len(admitted) <= 520


def test_the_census_tells_where_everybody_is_before_it_tells_results() -> None:
    census = [one.kind for one in two_days() if one.at < BEGAN_AT]
    movements = [kind in {*OPENING, Kind.TRANSFERRED, Kind.TRANSFER_CANCELLED} for kind in census]
    assert movements == sorted(movements, reverse=True)
    assert Kind.RESULTED in census


def test_nobody_is_in_two_visits_at_once_and_no_bed_holds_two() -> None:
    person_in: dict[int, str] = {}
    bed_of: dict[str, str] = {}
    for one in two_days():
        visit, person, bed = one.stay.visit, one.stay.person.number, one.stay.place
        if one.kind in OPENING:
            assert person_in.setdefault(person, visit) == visit
        if one.kind in OPENING | {Kind.TRANSFERRED, Kind.TRANSFER_CANCELLED} and bed.bed:
            for code in [code for code, holder in bed_of.items() if holder == visit]:
                del bed_of[code]
            if one.at >= BEGAN_AT:
                assert bed.code not in bed_of, f"{bed.code} holds {bed_of[bed.code]} and {visit}"
            bed_of[bed.code] = visit
        if one.kind in CLOSING and one.final:
            person_in.pop(person, None)
            bed_of = {code: holder for code, holder in bed_of.items() if holder != visit}
    assert len(bed_of) == len(set(bed_of.values()))


def test_a_visit_opens_once_closes_once_and_is_silent_afterwards() -> None:
    opened: set[str] = set()
    closed: set[str] = set()
    for one in two_days():
        visit = one.stay.visit
        assert visit not in closed
        if one.kind in OPENING:
            assert visit not in opened
            opened.add(visit)
        elif one.slot_at is None:
            assert visit in opened
        if one.final:
            closed.add(visit)
    assert len(closed) > 1000


def test_time_never_goes_back_after_the_census() -> None:
    moments = [one.at for one in two_days() if one.at >= BEGAN_AT]
    assert moments == sorted(moments)


def test_people_come_when_people_come() -> None:
    arrivals = Counter(one.at.hour for one in two_days() if one.kind is Kind.ARRIVED and one.stay.letter == "O")
    assert arrivals[9] > 3 * arrivals[12] > 0
    assert arrivals[3] == 0
    emergency = Counter(one.at.hour for one in two_days() if one.kind is Kind.ARRIVED and one.stay.letter == "E")
    assert sum(emergency[hour] for hour in (19, 20, 21)) > sum(emergency[hour] for hour in (2, 3, 4)) > 0


def test_children_lie_with_children_and_only_women_give_birth() -> None:
    for one in two_days():
        if one.kind is Kind.ADMITTED:
            age = one.stay.person.age_on(one.at.date())
            if one.stay.department.key == "paediatrics":
                assert age <= 14
            if one.stay.department.key in ("obstetrics", "gynaecology"):
                assert not one.stay.person.male


def test_the_same_beginning_gives_the_same_days() -> None:
    assert tuple(told(0.3)) == two_days()[: len(told(0.3))]


def test_troponin_of_an_infarction_falls_over_the_stay_and_is_critical_at_first() -> None:
    course = [
        (one.order.ordered_at - one.stay.began_at, {a.key: v for a, v in values(1, one.stay, one.order)}["tni"])
        for one in told(5)
        if one.kind is Kind.RESULTED and one.stay.problem.pattern == "cardiac" and one.order.panel.key == "cardiac"
    ]
    early = [value for age, value in course if age < timedelta(days=1)]
    late = [value for age, value in course if age > timedelta(days=4)]
    assert early and late
    assert sum(early) / len(early) > 10 * sum(late) / len(late)
    assert ANALYTES["tni"].flag(max(early)) == "HH"


def test_abnormal_and_critical_results_occur_but_most_are_normal() -> None:
    flags = Counter(
        analyte.flag(value)
        for one in two_days()
        if one.kind is Kind.RESULTED
        for analyte, value in values(1, one.stay, one.order)
    )
    total = sum(flags.values())
    assert 0.65 < flags["N"] / total < 0.92
    assert 0.001 < (flags["HH"] + flags["LL"]) / total < 0.04


def test_a_value_at_a_one_sided_limit_does_not_belong_to_the_range_that_is_told() -> None:
    """HL7 v2.5.1, 7.4.2.7: ``>94`` and ``<10`` leave 94 and 10 out; of ``35-45`` both ends are within."""
    saturation, protein, carbon = ANALYTES["spo2"], ANALYTES["crp"], ANALYTES["pco2"]
    assert [saturation.flag(value) for value in (94, 95)] == ["L", "N"]
    assert [protein.flag(value) for value in (10, 9.9)] == ["H", "N"]
    assert [carbon.flag(value) for value in (35, 45)] == ["N", "N"]


def test_every_problem_has_a_picture_and_every_picture_names_analytes() -> None:
    assert {problem.pattern for one in DEPARTMENTS for problem in one.problems} <= set(PICTURES)
    assert {key for picture in PICTURES.values() for key in picture} <= set(ANALYTES)
    assert {analyte.key for panel in PANELS.values() for analyte in panel.analytes} == set(ANALYTES)
