"""The Board follows people through the hospital, on a real database and the real store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from heard import heard
from xinglin.applications.command_centre import BoardKeeper
from xinglin.applications.command_centre.model import Stay, UnitBoard
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

CAUSE = Cause(agent="test")
FORM = "http://terminology.hl7.org/CodeSystem/location-physical-type"
NOW = datetime.now(UTC)


class Hospital:
    """A ward with two beds, an emergency department and a clinic, written through the store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(SystemClock(), SystemIds())
        self.board = BoardKeeper(database, self.store, SystemClock(), SystemIds())
        self.ward, self.room, self.bed_1, self.bed_2 = (new_id() for _ in range(4))
        self.other_ward, self.other_bed, self.emergency, self.clinic = (new_id() for _ in range(4))
        self.doctor = new_id()

    async def build(self) -> None:
        await self.put(
            location(self.ward, "wa", "肾内科病区", "Nephrology ward"),
            location(self.room, "ro", "1病室", "Room 1", self.ward),
            location(self.bed_1, "bd", "1-1床", "Bed 1-1", self.room),
            location(self.bed_2, "bd", "1-2床", "Bed 1-2", self.room),
            location(self.other_ward, "wa", "心内科病区", "Cardiology ward"),
            location(self.other_bed, "bd", "2-1床", "Bed 2-1", self.other_ward),
            location(self.emergency, "wa", "急诊", "Emergency department", role="ER"),
            location(self.clinic, "wa", "心内科门诊", "Cardiology clinic", role="OF"),
            {"resourceType": "Practitioner", "id": self.doctor, "name": [{"family": "刘", "given": ["春辉"]}]},
        )

    async def put(self, *resources: dict[str, Any]) -> list[Event]:
        """Write and let the board hear of it; the events, to be told again."""
        async with self.database.transaction() as connection:
            written = await self.store.put_all(connection, resources, CAUSE)
        changes = [{"type": one.type, "id": one.id, "version": one.version, "status": one.status} for one in written]
        events = [event(changes)]
        await self.tell(events)
        return events

    async def tell(self, events: Sequence[Event]) -> None:
        async with self.database.transaction() as connection:
            await self.board.handle(connection, events)

    async def told_by(self, *resources: dict[str, Any]) -> list[set[str]]:
        """Write; the units of each event by which the board tells of it."""
        async with self.database.connection() as connection:
            before = await connection.fetchval("SELECT coalesce(max(position), 0) FROM event")
            await self.put(*resources)
            rows = await connection.fetch(
                "SELECT body FROM event WHERE position > $1 AND name = 'board.changed' ORDER BY position", before
            )
        return [set(orjson.loads(row["body"])["units"]) for row in rows]

    async def counts(self, unit_id: str) -> dict[str, Any]:
        units = (await self.board.overview()).units
        return next(unit.model_dump() for unit in units if unit.id == unit_id)

    async def stays(self, unit_id: str) -> list[Stay]:
        return (await self.board.unit(unit_id)).stays


@pytest.fixture
async def hospital(database: Database) -> Hospital:
    found = Hospital(database)
    await found.build()
    return found


def new_id() -> str:
    return str(uuid.uuid4())


def event(changes: list[dict[str, Any]]) -> Event:
    return heard("store", "resource.changed", "Patient/x", NOW, {"changes": changes})


def location(
    id_: str, form: str, name: str, name_en: str, parent: str | None = None, role: str | None = None
) -> dict[str, Any]:
    content = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": name_en}]
    translation = "http://hl7.org/fhir/StructureDefinition/translation"
    found: dict[str, Any] = {
        "resourceType": "Location",
        "id": id_,
        "name": name,
        "_name": {"extension": [{"url": translation, "extension": content}]},
        "physicalType": {"coding": [{"system": FORM, "code": form}]},
    }
    if parent:
        found["partOf"] = {"reference": f"Location/{parent}"}
    if role:
        found["type"] = [{"coding": [{"code": role}]}]
    return found


def person() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": new_id(),
        "name": [{"text": "Zhao Jianping"}, {"family": "赵", "given": ["建平"]}],
        "gender": "male",
        "birthDate": "1964-11-30",
    }


def encounter(of: dict[str, Any], places: list[tuple[str, str]], doctor: str, **more: Any) -> dict[str, Any]:
    """A stay that was in each of ``places`` (location, since) in turn and is in the last now."""
    last = len(places) - 1
    return {
        "resourceType": "Encounter",
        "id": new_id(),
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{of['id']}"},
        "period": {"start": places[0][1]},
        "location": [
            {
                "location": {"reference": f"Location/{place}"},
                "status": "active" if number == last else "completed",
                "period": {"start": since},
            }
            for number, (place, since) in enumerate(places)
        ],
        "participant": [
            {"type": [{"coding": [{"code": "ATND"}]}], "individual": {"reference": f"Practitioner/{doctor}"}}
        ],
        **more,
    }


def observation(of: dict[str, Any], flag: str, value: float = 6.8, hours_ago: float = 1) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": new_id(),
        "status": "final",
        "code": {"text": "钾", "coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        "subject": {"reference": f"Patient/{of['id']}"},
        "effectiveDateTime": (NOW - timedelta(hours=hours_ago)).isoformat(),
        "valueQuantity": {"value": value, "unit": "mmol/L"},
        "interpretation": [{"coding": [{"code": flag}]}],
        "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.3}}],
    }


async def test_an_admitted_person_is_on_the_ward_in_a_bed_with_a_doctor(hospital: Hospital) -> None:
    who = person()
    since = "2026-11-20T08:00:00+08:00"
    await hospital.put(who, encounter(who, [(hospital.bed_1, since)], hospital.doctor))
    found = await hospital.board.unit(hospital.ward)
    stay = found.stays[0]
    assert (stay.patient_name, stay.sex, stay.birth_date) == ("赵建平", "male", "1964-11-30")
    assert (stay.bed, stay.bed_en) == ("1-1床", "Bed 1-1")
    assert stay.attending == "刘春辉" and stay.class_ == "IMP" and stay.abnormal == []
    assert stay.since == stay.admitted_at == datetime.fromisoformat(since)
    assert [(bed.name, bed.name_en) for bed in found.empty_beds] == [("1-2床", "Bed 1-2")]
    shown = await hospital.counts(hospital.ward)
    assert (shown["name"], shown["name_en"], shown["kind"]) == ("肾内科病区", "Nephrology ward", "ward")
    assert (shown["beds_total"], shown["occupied"], shown["abnormal"]) == (2, 1, 0)


async def test_a_transferred_person_leaves_the_old_ward_and_keeps_the_day_of_admission(hospital: Hospital) -> None:
    who = person()
    admitted, moved = "2026-11-20T08:00:00+08:00", "2026-11-21T09:30:00+08:00"
    stay = encounter(who, [(hospital.bed_1, admitted)], hospital.doctor)
    await hospital.put(who, stay)
    there = encounter(who, [(hospital.bed_1, admitted), (hospital.other_bed, moved)], hospital.doctor, id=stay["id"])
    await hospital.put(there)
    assert await hospital.stays(hospital.ward) == []
    (found,) = await hospital.stays(hospital.other_ward)
    assert (found.since, found.admitted_at) == (datetime.fromisoformat(moved), datetime.fromisoformat(admitted))


async def test_an_abnormal_result_marks_the_person_and_a_critical_one_more_so(hospital: Hospital) -> None:
    who, other = person(), person()
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor))
    await hospital.put(other, encounter(other, [(hospital.bed_2, "2026-11-20")], hospital.doctor))
    await hospital.put(observation(who, "HH"), observation(who, "H", 5.6), observation(who, "N", 4.0))
    await hospital.put(observation(other, "L", 3.3), observation(other, "LL", 2.1, hours_ago=30))
    shown = await hospital.counts(hospital.ward)
    assert (shown["occupied"], shown["abnormal"], shown["critical"]) == (2, 2, 1)
    first, second = await hospital.stays(hospital.ward)
    assert [finding.interpretation for finding in first.abnormal] == ["HH", "H"]
    worst = first.abnormal[0]
    assert (worst.name, worst.value, worst.unit, worst.reference_range) == ("钾", "6.8", "mmol/L", "3.5-5.3")
    assert [finding.interpretation for finding in second.abnormal] == ["L"]


async def test_a_result_that_was_corrected_to_normal_marks_nobody(hospital: Hospital) -> None:
    who = person()
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor))
    result = observation(who, "HH")
    await hospital.put(result)
    await hospital.put({**result, "status": "corrected", "interpretation": [{"coding": [{"code": "N"}]}]})
    assert (await hospital.counts(hospital.ward))["abnormal"] == 0


async def test_the_worst_component_of_a_blood_pressure_speaks_for_it(hospital: Hospital) -> None:
    who = person()
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor))
    pressure = observation(who, "N")
    del pressure["interpretation"], pressure["valueQuantity"]
    pressure["component"] = [
        {"code": {"text": name}, "valueQuantity": {"value": value}, "interpretation": [{"coding": [{"code": flag}]}]}
        for name, value, flag in (("收缩压", 210, "HH"), ("舒张压", 95, "H"))
    ]
    await hospital.put(pressure)
    (stay,) = await hospital.stays(hospital.ward)
    assert [(one.name, one.value, one.interpretation) for one in stay.abnormal] == [("收缩压", "210", "HH")]


@pytest.mark.parametrize("status", ["finished", "cancelled", "entered-in-error"])
async def test_whoever_has_left_is_off_the_board(hospital: Hospital, status: str) -> None:
    who = person()
    stay = encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor)
    await hospital.put(who, stay)
    assert (await hospital.counts(hospital.ward))["occupied"] == 1
    await hospital.put({**stay, "status": status})
    assert (await hospital.counts(hospital.ward))["occupied"] == 0
    assert len((await hospital.board.unit(hospital.ward)).empty_beds) == 2


async def test_emergency_and_outpatients_are_in_their_own_units(hospital: Hospital) -> None:
    here, there = person(), person()
    emergency = encounter(here, [(hospital.emergency, "2026-11-22")], hospital.doctor, status="triaged")
    visit = encounter(there, [(hospital.clinic, "2026-11-22")], hospital.doctor, status="arrived")
    await hospital.put(here, there, emergency, visit)
    assert (await hospital.counts(hospital.emergency))["kind"] == "emergency"
    assert (await hospital.counts(hospital.clinic))["kind"] == "outpatient"
    for unit in (hospital.emergency, hospital.clinic):
        (stay,) = await hospital.stays(unit)
        assert (stay.bed, stay.bed_en) == (None, None)


async def test_whoever_has_no_bed_of_their_own_is_waiting_and_no_count_is_negative(hospital: Hospital) -> None:
    people = [person() for _ in range(5)]
    places = [hospital.bed_1, hospital.bed_1, hospital.room, hospital.ward, hospital.ward]
    stays = [encounter(who, [(at, "2026-11-20")], hospital.doctor) for who, at in zip(people, places, strict=True)]
    await hospital.put(*people, *stays)
    shown = await hospital.counts(hospital.ward)
    assert (shown["beds_total"], shown["occupied"], shown["beds_free"], shown["waiting"]) == (2, 5, 1, 4)
    assert [bed.name for bed in (await hospital.board.unit(hospital.ward)).empty_beds] == ["1-2床"]


async def test_where_there_are_no_beds_nobody_waits_for_one(hospital: Hospital) -> None:
    who = person()
    await hospital.put(who, encounter(who, [(hospital.clinic, "2026-11-22")], hospital.doctor))
    shown = await hospital.counts(hospital.clinic)
    assert (shown["occupied"], shown["beds_free"], shown["waiting"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ({"coding": [{"display": "钾"}, {"display": "Potassium"}]}, ("钾", "Potassium")),
        ({"text": "Potassium", "coding": [{"display": "血清钾"}]}, ("血清钾", "Potassium")),
        ({"text": "钾", "coding": [{"code": "2823-3"}]}, ("钾", "钾")),
        ({"coding": [{"code": "2823-3", "display": "Potassium"}]}, ("Potassium", "Potassium")),
        ({"coding": [{"code": "2823-3"}]}, ("2823-3", "2823-3")),
    ],
)
async def test_a_result_has_the_names_that_it_brought(
    hospital: Hospital, code: dict[str, Any], names: tuple[str, str]
) -> None:
    who = person()
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor))
    await hospital.put({**observation(who, "H"), "code": code})
    (stay,) = await hospital.stays(hospital.ward)
    assert (stay.abnormal[0].name, stay.abnormal[0].name_en) == names


async def test_a_result_is_shown_with_the_digits_it_was_told_with(hospital: Hospital) -> None:
    who = person()
    exact = observation(who, "H")
    exact["valueQuantity"]["value"] = Decimal("5.50")
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor), exact)
    (stay,) = await hospital.stays(hospital.ward)
    assert stay.abnormal[0].value == "5.50"


async def test_the_board_tells_which_units_changed_and_of_nothing_that_it_does_not_show(hospital: Hospital) -> None:
    who = person()
    stay = encounter(who, [(hospital.bed_1, "2026-11-20T08:00:00Z")], hospital.doctor)
    told = await hospital.told_by(who, stay)
    assert told == [{hospital.ward}]
    moved = encounter(who, [(hospital.bed_1, "2026-11-20T08:00:00Z"), (hospital.other_bed, "2026-11-21")], "x")
    assert await hospital.told_by({**moved, "id": stay["id"]}) == [{hospital.ward, hospital.other_ward}]
    assert await hospital.told_by(observation(who, "H")) == [{hospital.other_ward}]
    assert await hospital.told_by(observation(who, "N"), person()) == []
    assert await hospital.told_by({**stay, "status": "finished"}) == [{hospital.other_ward}]
    assert await hospital.told_by(observation(who, "HH")) == []


async def test_events_told_again_change_nothing(hospital: Hospital) -> None:
    who = person()
    stay = encounter(who, [(hospital.bed_1, "2026-11-20T08:00:00Z")], hospital.doctor)
    events = await hospital.put(who, stay, observation(who, "H", 5.9))
    events += await hospital.put({**stay, "status": "onleave"})
    before = await hospital.board.unit(hospital.ward)
    await hospital.tell(list(reversed(events)))
    await hospital.tell(events)
    after = await hospital.board.unit(hospital.ward)
    assert without_time(after) == without_time(before)
    assert after.stays[0].status == "onleave"


async def test_a_corrected_name_is_corrected_on_the_board(hospital: Hospital) -> None:
    who = person()
    await hospital.put(who, encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor))
    await hospital.put({**who, "name": [{"text": "赵剑平"}]})
    doctor = {"resourceType": "Practitioner", "id": hospital.doctor, "name": [{"text": "刘晖"}]}
    await hospital.put(doctor)
    (stay,) = await hospital.stays(hospital.ward)
    assert (stay.patient_name, stay.attending) == ("赵剑平", "刘晖")


async def test_places_that_are_told_after_their_guests_find_them(hospital: Hospital) -> None:
    ward, bed, who = new_id(), new_id(), person()
    await hospital.put(who, encounter(who, [(bed, "2026-11-20")], hospital.doctor))
    await hospital.put(location(bed, "bd", "9床", "Bed 9", ward))
    await hospital.put(location(ward, "wa", "新病区", "New ward"))
    assert (await hospital.counts(ward))["occupied"] == 1


async def test_the_board_can_be_built_anew_from_the_store(hospital: Hospital) -> None:
    who = person()
    await hospital.put(
        who, encounter(who, [(hospital.bed_1, "2026-11-20T08:00:00Z")], hospital.doctor), observation(who, "LL", 2.0)
    )
    before = without_time(await hospital.board.unit(hospital.ward))
    await hospital.board.rebuild()
    assert without_time(await hospital.board.unit(hospital.ward)) == before
    await hospital.board.build_once()
    assert without_time(await hospital.board.unit(hospital.ward)) == before


async def test_many_changes_at_once_take_no_more_statements_than_one(hospital: Hospital) -> None:
    counted: list[int] = []
    for many in (1, 40):
        people = [person() for _ in range(many)]
        stays = [encounter(who, [(hospital.bed_1, "2026-11-20")], hospital.doctor) for who in people]
        results = [observation(who, "H") for who in people]
        async with hospital.database.transaction() as connection:
            written = await hospital.store.put_all(connection, [*people, *stays, *results], CAUSE)
        changes = [{"type": one.type, "id": one.id} for one in written]
        asked: list[str] = []
        async with hospital.database.transaction() as connection, logged(connection, asked):
            await hospital.board.handle(connection, [event([change]) for change in changes])
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 12


async def test_a_unit_that_is_not_there_is_said_so(hospital: Hospital) -> None:
    with pytest.raises(XinglinError) as caught:
        await hospital.board.unit("nowhere")
    assert caught.value.category is Category.NOT_FOUND
    assert "看板" in caught.value.chinese


def without_time(shown: UnitBoard) -> dict[str, Any]:
    return orjson.loads(shown.model_dump_json(exclude={"as_of"}))


class logged:  # noqa: N801 - reads as a phrase
    """Collects the statements that run on ``connection`` inside the block."""

    def __init__(self, connection: Any, statements: list[str]) -> None:
        self._connection = connection
        self._hear = lambda record: statements.append(record.query)

    async def __aenter__(self) -> None:
        self._connection.add_query_logger(self._hear)

    async def __aexit__(self, *_: object) -> None:
        self._connection.remove_query_logger(self._hear)
