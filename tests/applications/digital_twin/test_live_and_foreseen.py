"""The house is kept with its history, looked ahead from what it is, and alarms find who sees to them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from told_house import NOON, House

from xinglin.applications.digital_twin.live import Change
from xinglin.applications.digital_twin.live import repository as live_tables
from xinglin.applications.digital_twin.settings import DigitalTwinSettings
from xinglin.applications.digital_twin.watch import repository as watch_tables
from xinglin.business_platform.scheduling import Sitting
from xinglin.data_platform.store import Cause
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    one = House(database)
    yield one
    await one.oracle.close()


async def test_the_clinic_can_be_seen_as_it_was_at_any_moment(house: House) -> None:
    doctor = str(uuid.uuid4())
    await house.tell(*house.visit(1, doctor, ("waiting", -30), ("called", -20), ("in_room", -19), ("finished", -10)))
    await house.tell(*house.visit(2, doctor, ("waiting", -25), ("called", -9)))
    assert await house.counts(-22) == {("patient_place", "waiting"): 2}
    assert await house.counts(-15) == {
        ("patient_place", "waiting"): 1, ("patient_place", "in_room"): 1, ("staff", "with_patient"): 1,
        ("room", "occupied"): 1,
    }  # fmt: skip
    assert await house.counts(-5) == {
        ("patient_place", "called"): 1, ("staff", "calling"): 1, ("room", "called"): 1,
    }  # fmt: skip


async def test_the_same_events_again_and_old_ones_late_change_nothing(house: House) -> None:
    events = house.visit(1, "d", ("waiting", -30), ("called", -20), ("in_room", -19))
    await house.tell(*events)
    before = await house.counts(0)
    await house.tell(*events)
    await house.tell(events[0])
    assert await house.counts(0) == before


async def test_a_thousand_changes_of_one_moment_need_no_more_statements_than_one(house: House) -> None:
    beds = [Change("bed", f"{house.service}-{n}", house.service, "occupied", NOON) for n in range(1000)]
    async with house.database.transaction() as connection:
        assert await house.live.apply(connection, beds) == 1000
        assert await house.live.apply(connection, beds) == 0
        later = [one._replace(state="free", at=NOON + timedelta(minutes=1)) for one in beds[:10]]
        assert await house.live.apply(connection, later) == 10
    assert await house.counts(2) == {("bed", "occupied"): 990, ("bed", "free"): 10}
    assert await house.counts(0.5) == {("bed", "occupied"): 1000}


async def test_everybody_who_waits_is_told_their_call_and_who_was_not_called_in_time_raises_an_alarm(
    house: House,
) -> None:
    doctor = str(uuid.uuid4())
    house.sitters.sittings = [Sitting(house.service, doctor, NOON - timedelta(hours=2), NOON + timedelta(hours=2))]
    seen = [
        event
        for n in range(12)
        for event in house.visit(
            n,
            doctor,
            ("waiting", -100 + 5 * n),
            ("called", -90 + 6 * n),
            ("in_room", -89.5 + 6 * n),
            ("finished", -84.2 + 6 * n),
        )
    ]
    waiting = [str(uuid.uuid4()) for _ in range(4)]
    line = [one for n, id_ in enumerate(waiting) for one in house.visit(20 + n, None, ("waiting", -18 + n), id_=id_)]
    await house.tell(*seen, *line)
    assert await house.watch.look() is not None
    waits = await house.showing.waits(house.service)
    assert [one.number for one in waits.waits] == [20, 21, 22, 23]
    middles = [one.minutes[3] for one in waits.waits if one.minutes]
    assert len(middles) == 4 and middles == sorted(middles) and middles[0] < 1 and 10 < middles[3] < 30
    shown = next(one for one in (await house.showing.house(None)).clinics if one.service == house.service)
    assert shown.waiting == 4 and shown.length[0] == [4.0] * 7 and len(shown.length) == 25

    house.clock.at = NOON + timedelta(minutes=95)
    await house.watch.look()
    alarms = [one for one in (await house.showing.house(None)).alarms if one.unit == house.service]
    assert {"line_not_called", "wait_beyond"} <= {one.rule for one in alarms}
    beyond = next(one for one in alarms if one.rule == "wait_beyond")
    assert beyond.owner == "outpatient_nurse" and beyond.subject in waiting
    seen_to = await house.showing.acknowledge(beyond.alarm, "王护士")
    again = await house.showing.acknowledge(beyond.alarm, "李护士")
    assert (seen_to.acknowledged_by, again.acknowledged_by) == ("王护士", "王护士")

    called = [
        event for n, id_ in enumerate(waiting) for event in house.visit(20 + n, doctor, ("called", 96 + n), id_=id_)
    ]
    await house.tell(*called)
    house.clock.at = NOON + timedelta(minutes=101)
    await house.watch.look()
    left = {one.rule for one in (await house.showing.house(None)).alarms if one.unit == house.service}
    assert not left & {"line_not_called", "wait_beyond"}
    replayed = await house.showing.house(NOON + timedelta(minutes=95))
    assert {one.alarm for one in alarms} <= {one.alarm for one in replayed.alarms}


async def test_what_was_foreseen_is_scored_when_its_truth_has_come(house: House) -> None:
    doctor = str(uuid.uuid4())
    house.clock.at = NOON
    house.sitters.sittings = [Sitting(house.service, doctor, NOON - timedelta(hours=1), NOON + timedelta(hours=2))]
    ids = [str(uuid.uuid4()) for _ in range(3)]
    await house.tell(*(one for n, id_ in enumerate(ids) for one in house.visit(n, None, ("waiting", -4 + n), id_=id_)))
    await house.watch.look()
    await house.tell(
        *(one for n, id_ in enumerate(ids) for one in house.visit(n, doctor, ("called", 1 + 7 * n), id_=id_))
    )
    before = {one.what: one.told for one in (await house.showing.house(None)).calibration}
    house.clock.at = NOON + timedelta(minutes=125)
    await house.watch.look()
    found = {one.what: one for one in (await house.showing.house(None)).calibration}
    assert found["who_waits"].told >= before.get("who_waits", 0) + 3
    assert 0 < found["who_waits"].within_95 <= 1
    assert found["line_length"].told >= 3
    async with house.database.connection() as connection:
        assert not await watch_tables.unscored(connection, "clinic", NOON + timedelta(minutes=1), 10)


async def test_beds_fill_and_empty_with_those_who_lie_in_them(house: House) -> None:
    ward, bed = f"w-{house.service[:8]}", f"b-{house.service[:8]}"
    physical = "http://terminology.hl7.org/CodeSystem/location-physical-type"
    places = [
        {"resourceType": "Location", "id": ward, "name": "心内病区", "physicalType": {"coding": [{"system": physical, "code": "wa"}]}},
        {"resourceType": "Location", "id": bed, "partOf": {"reference": f"Location/{ward}"}, "physicalType": {"coding": [{"system": physical, "code": "bd"}]}},
    ]  # fmt: skip
    stay = {
        "resourceType": "Encounter", "id": f"e-{house.service[:8]}", "status": "in-progress", "class": {"code": "IMP"},
        "subject": {"reference": "Patient/p"}, "period": {"start": "2026-02-27T01:00:00Z"},
        "location": [{"location": {"reference": f"Location/{bed}"}, "status": "active"}],
    }  # fmt: skip
    await _write(house, places, -60)
    await _write(house, [stay], -50)
    shown = await _ward(house, ward)
    assert (shown.beds, shown.occupied) == (1, 1)
    await house.watch.look()
    shown = await _ward(house, ward)
    assert shown.census[0] == [1.0] * 7 and len(shown.census) == 73 and shown.guess
    gone = {**stay, "status": "finished", "period": {**stay["period"], "end": "2026-03-02T01:30:00Z"}}
    await _write(house, [gone], -20)
    assert (await _ward(house, ward)).occupied == 0
    async with house.database.connection() as connection:
        history = await live_tables.history(connection, "bed", ward, NOON - timedelta(hours=2), NOON)
    assert [one.state for one in history] == ["free", "occupied", "free"]


async def _write(house: House, resources: list[dict[str, Any]], minute: float) -> None:
    changes = [{"type": one["resourceType"], "id": one["id"]} for one in resources]
    async with house.database.transaction() as connection:
        await house.store.put_all(connection, resources, Cause("test"))
        await house.live.handle_house(connection, [house.event("resource.changed", minute, changes=changes)])


async def _ward(house: House, ward: str) -> Any:
    return next(one for one in (await house.showing.house(None)).wards if one.ward == ward)


async def test_a_moment_that_has_not_come_cannot_be_replayed(house: House) -> None:
    with pytest.raises(XinglinError) as refused:
        await house.showing.house(NOON + timedelta(hours=1))
    assert refused.value.category is Category.INVALID


async def test_an_alarm_that_is_not_known_is_not_found(house: House) -> None:
    with pytest.raises(XinglinError) as refused:
        await house.showing.acknowledge("nobody", "王护士")
    assert refused.value.category is Category.NOT_FOUND


@pytest.mark.parametrize("wrong", [{"foresee_every_seconds": 1}, {"replications": 3}, {"learn_days": 0}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(XinglinError):
        DigitalTwinSettings(**wrong)
