"""Who is called next, what becomes of who is not there, and what everybody is told of their wait."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from xinglin.business_platform.scheduling.queue import CheckIn, Entry, Queue
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import SystemIds

from .clinic_day import ZONE, ClinicDay

EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai, when the first slot begins."""


class Corridor:
    """The queue in front of the clinic's doctor."""

    def __init__(self, clinic: ClinicDay) -> None:
        self.clinic = clinic
        self.queue = Queue(clinic.database, clinic.store, clinic.clock, SystemIds(), ZONE)

    def at(self, minutes: float) -> None:
        self.clinic.clock.at = EIGHT + timedelta(minutes=minutes)

    async def person(self, birth: str = "1980-05-01", name: str = "赵建平") -> str:
        (id_,) = await self.clinic.people(1)
        patient = {"resourceType": "Patient", "id": id_, "name": [{"text": name}], "birthDate": birth}
        await self.clinic.put(patient)
        return id_

    async def booked(self, slot: int, **who: str) -> str:
        """The Appointment of somebody who booked the day before."""
        patient = await self.person(**who)
        now, self.clinic.clock.at = self.clinic.clock.at, EIGHT - timedelta(hours=20)
        booking, _ = await self.clinic.desk.book(self.clinic.wanted(patient, self._slots[slot]))
        self.clinic.clock.at = now
        return booking.appointment_id

    async def prepare(self) -> Corridor:
        self._slots = await self.clinic.slots()
        self.at(0)
        return self

    async def arrives(self, appointment: str) -> Entry:
        return await self.queue.check_in(CheckIn(appointment=appointment))

    async def walks_in(self, triage: int | None = None, **who: str) -> Entry:
        patient = await self.person(**who)
        return await self.queue.check_in(CheckIn(patient=patient, service=self.clinic.service, triage=triage))

    async def called(self) -> Entry | None:
        return await self.queue.call_next(self.clinic.service, self.clinic.doctor, "3 诊室")

    async def seen(self, minutes: float) -> Entry:
        """The next patient, from the call to the end of the visit."""
        entry = await self.called()
        assert entry is not None
        await self.queue.change(entry.encounter_id, "start")
        self.clinic.clock.at += timedelta(minutes=minutes)
        return await self.queue.change(entry.encounter_id, "finish")

    async def order(self) -> list[int]:
        return [one.number for one in (await self.queue.line(self.clinic.service)).waiting]

    async def encounter(self, entry: Entry) -> dict[str, Any]:
        return await self.clinic.resource("Encounter", entry.encounter_id)


@pytest.fixture
async def corridor(clinic: ClinicDay) -> Corridor:
    return await Corridor(clinic).prepare()


async def test_people_are_called_by_their_appointment_and_those_without_one_by_their_arrival(
    corridor: Corridor,
) -> None:
    nine, eight = await corridor.booked(1), await corridor.booked(0)
    corridor.at(-20)
    first = await corridor.arrives(nine)
    corridor.at(-10)
    second = await corridor.arrives(eight)
    corridor.at(30)
    third = await corridor.walks_in()
    assert await corridor.order() == [second.number, third.number, first.number]


async def test_who_is_eighty_comes_half_an_hour_earlier_and_who_is_in_danger_before_everybody(
    corridor: Corridor,
) -> None:
    plain = await corridor.walks_in()
    corridor.at(29)
    aged = await corridor.walks_in(birth="1946-11-23")
    younger = await corridor.walks_in(birth="1946-11-24")
    corridor.at(60)
    urgent = await corridor.walks_in(triage=2)
    assert await corridor.order() == [urgent.number, aged.number, plain.number, younger.number]
    await corridor.queue.triage(younger.encounter_id, 1)
    assert (await corridor.order())[0] == younger.number
    assert (await corridor.encounter(younger))["status"] == "triaged"


async def test_a_visit_is_of_the_department_and_in_its_rooms_until_it_ends(corridor: Corridor) -> None:
    department = {"reference": f"Organization/{uuid.uuid4()}", "display": "心内科"}
    rooms = {"reference": f"Location/{uuid.uuid4()}"}
    service = await corridor.clinic.resource("HealthcareService", corridor.clinic.service)
    english = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": "Cardiology clinic"}]
    named = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": english}]}
    await corridor.clinic.put({**service, "_name": named, "providedBy": department, "location": [rooms]})
    entry = await corridor.walks_in()
    visit = await corridor.encounter(entry)
    assert visit["serviceProvider"] == department and visit["serviceType"] == {"text": "心内科门诊", "_text": named}
    assert [(one["location"], one["status"]) for one in visit["location"]] == [(rooms, "active")]
    await corridor.seen(5)
    visit = await corridor.encounter(entry)
    assert [(one["location"], one["status"]) for one in visit["location"]] == [(rooms, "completed")]
    assert visit["location"][0]["period"]["end"] == visit["period"]["end"]
    (attender,) = visit["participant"]
    assert attender["type"][0]["coding"][0]["code"] == "ATND"
    assert attender["individual"]["reference"] == f"Practitioner/{corridor.clinic.doctor}"


async def test_who_comes_back_from_tests_is_next(corridor: Corridor) -> None:
    tested = await corridor.walks_in()
    for _ in range(3):
        corridor.clinic.clock.at += timedelta(minutes=1)
        await corridor.walks_in()
    await corridor.called()
    await corridor.queue.change(tested.encounter_id, "start")
    corridor.clinic.clock.at += timedelta(minutes=4)
    await corridor.queue.change(tested.encounter_id, "pause")
    assert (await corridor.encounter(tested))["status"] == "onleave"
    await corridor.seen(5)
    await corridor.queue.change(tested.encounter_id, "back")
    assert (await corridor.order())[0] == tested.number
    assert (await corridor.seen(2)).served_seconds == pytest.approx(6 * 60)


async def test_who_is_not_there_when_called_comes_after_the_next_three(corridor: Corridor) -> None:
    entries = []
    for _ in range(5):
        corridor.clinic.clock.at += timedelta(minutes=1)
        entries.append(await corridor.walks_in())
    absent = await corridor.called()
    assert absent is not None and absent.number == entries[0].number
    await corridor.queue.change(absent.encounter_id, "recall")
    await corridor.queue.change(absent.encounter_id, "skip")
    await corridor.queue.change(absent.encounter_id, "back")
    assert await corridor.order() == [entries[place].number for place in (1, 2, 3, 0, 4)]


async def test_a_late_patient_has_lost_the_turn_of_the_appointment(corridor: Corridor) -> None:
    late = await corridor.booked(0)
    corridor.at(5)
    walk_in = await corridor.walks_in()
    corridor.at(16)
    arrived = await corridor.arrives(late)
    assert await corridor.order() == [walk_in.number, arrived.number]


async def test_a_visit_is_an_encounter_with_the_history_of_its_states(corridor: Corridor) -> None:
    appointment = await corridor.booked(0)
    entry = await corridor.arrives(appointment)
    assert (await corridor.encounter(entry))["status"] == "arrived"
    assert (await corridor.clinic.resource("Appointment", appointment))["status"] == "arrived"
    corridor.at(7)
    await corridor.seen(10)
    found = await corridor.encounter(entry)
    assert [one["status"] for one in found["statusHistory"]] == ["arrived", "in-progress", "finished"]
    assert found["statusHistory"][0]["period"] == {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T00:07:00Z"}
    assert found["period"] == {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T00:17:00Z"}
    assert found["appointment"] == [{"reference": f"Appointment/{appointment}"}]
    assert (await corridor.clinic.resource("Appointment", appointment))["status"] == "fulfilled"
    names = [name for name, _ in await corridor.clinic.events(entry.patient)]
    assert names[-4:] == ["encounter.arrived", "encounter.called", "encounter.started", "encounter.finished"]


async def test_two_doctors_who_call_at_once_call_two_people(corridor: Corridor) -> None:
    for _ in range(2):
        await corridor.walks_in()
    calls = [corridor.queue.call_next(corridor.clinic.service, doctor, "") for doctor in ("doctor-a", "doctor-b")]
    found = await asyncio.gather(*calls)
    assert len({one.encounter_id for one in found if one}) == 2


async def test_checking_in_twice_is_standing_in_line_once(corridor: Corridor) -> None:
    appointment = await corridor.booked(0)
    entries = await asyncio.gather(*(corridor.arrives(appointment) for _ in range(4)))
    assert len({one.encounter_id for one in entries}) == 1


async def test_what_cannot_follow_is_refused_in_plain_words(corridor: Corridor) -> None:
    entry = await corridor.walks_in()
    for step in ("start", "finish", "skip", "back", "pause"):
        with pytest.raises(XinglinError) as caught:
            await corridor.queue.change(entry.encounter_id, step)
        assert caught.value.category is Category.CONFLICT
    await corridor.walks_in()
    await corridor.called()
    with pytest.raises(XinglinError) as again:
        await corridor.called()
    assert again.value.category is Category.CONFLICT and "过号" in again.value.chinese


async def test_an_appointment_of_another_day_or_a_cancelled_one_is_not_checked_in(corridor: Corridor) -> None:
    appointment, cancelled = await corridor.booked(0), await corridor.booked(1)
    await corridor.clinic.desk.cancel(cancelled, "", by_desk=True)
    with pytest.raises(XinglinError) as off:
        await corridor.arrives(cancelled)
    assert off.value.category is Category.UNPROCESSABLE
    corridor.at(24 * 60)
    with pytest.raises(XinglinError) as tomorrow:
        await corridor.arrives(appointment)
    assert tomorrow.value.category is Category.UNPROCESSABLE


async def test_everybody_who_waits_or_is_expected_is_told_a_wait_that_follows_what_happens(
    corridor: Corridor,
) -> None:
    expected = await corridor.booked(2)
    for _ in range(6):
        corridor.clinic.clock.at += timedelta(seconds=30)
        await corridor.walks_in()
    for _ in range(3):
        await corridor.seen(10)
    line = await corridor.queue.line(corridor.clinic.service)
    waits = [line.waits[one.encounter_id] for one in line.waiting]
    assert len(waits) == 3 and set(line.waits) > {expected}
    assert all(one.low <= one.likely <= one.high for one in waits)
    assert waits[0].high == 0.0
    assert waits[0].likely < waits[1].likely < waits[2].likely
    assert 7 < waits[1].likely < 13
    due_minutes = (EIGHT + timedelta(hours=2) - line.as_of).total_seconds() / 60
    assert line.waits[expected].low >= due_minutes - 25
    before = waits[2].likely
    await corridor.called()
    await corridor.queue.change(line.waiting[0].encounter_id, "leave")
    after = (await corridor.queue.line(corridor.clinic.service)).waits[line.waiting[2].encounter_id]
    assert after.likely < before
    async with corridor.clinic.database.connection() as connection:
        body = await connection.fetchval(
            "SELECT body FROM event WHERE name = 'queue.estimated' AND ordering_key = $1 ORDER BY position DESC LIMIT 1",
            f"HealthcareService/{corridor.clinic.service}",
        )
    assert line.waiting[2].encounter_id in orjson.loads(body)["waits"]
