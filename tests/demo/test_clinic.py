"""The clinics of the demo hospital: who sits when, who comes, and what a visitor may be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from xinglin_demo import identity
from xinglin_demo.cast import cast
from xinglin_demo.clinic import Clinics, own_seat, waiting_person
from xinglin_demo.clinic.clinics import seats
from xinglin_demo.clinic.hours import session_from, sits, usual_hours
from xinglin_demo.clinic.protocols import approve_protocols
from xinglin_demo.day import HOSPITAL_ZONE
from xinglin_demo.hospital import clinics
from xinglin_demo.population import Population
from xinglin_demo.wire import TakenError

MORNING = datetime(2026, 11, 23, 9, 40, tzinfo=HOSPITAL_ZONE)
POPULATION = Population(1, 12_000)


class Desk:
    """The business interface in memory: queues by service, places without end."""

    def __init__(self, now: Any) -> None:
        self.now = now
        self.templates: list[dict[str, Any]] = []
        self.entries: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.most_in_a_room = 0
        self.protocols: list[dict[str, Any]] = []
        self.approved: list[str] = []

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        assert body["is_on"] and body["place"]
        self.approved.append(path)
        return {}

    async def get(self, path: str) -> Any:
        if path == "tests-ahead/protocols":
            return {"protocols": self.protocols}
        if path == "scheduling/schedules":
            return [{"schedule": "", "template": one} for one in self.templates]
        if path.startswith("scheduling/slots"):
            starts = (self.now() + timedelta(minutes=30)).isoformat()
            return [{"slot": "slot-1", "free": 3, "starts_at": starts}]
        service = path.rsplit("/", 1)[1]
        return {"entries": [one for one in self.entries.values() if one["service"] == service]}

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        self.asked[path.rsplit("/", 1)[1]] += 1
        if path == "scheduling/schedules":
            self.templates.append(dict(body))
            return {}
        if path == "scheduling/appointments":
            return {"appointment": f"{body['service']}/{body['patient']}"}
        if path == "queue/check-in":
            service, patient = (
                body["appointment"].split("/") if "appointment" in body else (body["service"], body["patient"])
            )
            assert (service, patient) not in {(one["service"], one["patient"]) for one in self.entries.values()}
            entry = {"encounter": f"visit-{len(self.entries)}", "service": service, "patient": patient}
            self.entries[entry["encounter"]] = {
                **entry,
                "state": "waiting",
                "practitioner": None,
                "started_at": None,
            }
            return {}
        if path.endswith("/call"):
            return self._call(path.split("/")[2], body["practitioner"])
        return self._step(path.split("/")[2], path.rsplit("/", 1)[1])

    def _call(self, service: str, doctor: str) -> dict[str, Any] | None:
        if any(one["state"] == "called" and one["practitioner"] == doctor for one in self.entries.values()):
            raise TakenError("called already")
        for one in self.entries.values():
            if one["service"] == service and one["state"] == "waiting" and one["practitioner"] in (None, doctor):
                one.update(state="called", practitioner=doctor)
                return dict(one)
        return None

    def _step(self, encounter: str, step: str) -> dict[str, Any]:
        entry = self.entries[encounter]
        states = {"start": "in_room", "skip": "skipped", "pause": "at_tests", "back": "waiting", "finish": "finished"}
        entry["state"] = states[step]
        if step == "start":
            entry["started_at"] = self.now().isoformat()
        with_doctor = Counter(one["practitioner"] for one in self.entries.values() if one["state"] == "in_room")
        self.most_in_a_room = max([self.most_in_a_room, *with_doctor.values()])
        return dict(entry)


class Known:
    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def people(self, numbers: Iterable[int]) -> None:
        self.numbers += numbers


class QuickClock:
    """Hours pass as soon as everybody sleeps."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + timedelta(seconds=seconds), self._count, future))
        await future

    async def until(self, moment: datetime) -> None:
        while self.at < moment:
            for _ in range(20):
                await asyncio.sleep(0)
            self._sleepers = [one for one in self._sleepers if not one[2].done()]
            self._sleepers.sort(key=lambda one: one[:2])
            at, _, future = self._sleepers.pop(0)
            self.at = max(self.at, at)
            future.set_result(None)


async def played(desk: Desk, clock: QuickClock, known: Known, minutes: int) -> Clinics:
    clinics = Clinics(POPULATION, desk, known, clock.now, clock.sleep)
    task = asyncio.ensure_future(clinics.run())
    await clock.until(clock.at + timedelta(minutes=minutes))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return clinics


async def test_hundreds_are_seen_in_an_hour_each_doctor_seeing_one_at_a_time() -> None:
    clock, known = QuickClock(MORNING), Known()
    desk = Desk(clock.now)
    clinics = await played(desk, clock, known, 90)
    assert clinics.score.refused == 0
    assert 300 < clinics.score.seen < 700 and clinics.score.booked > 200
    assert desk.most_in_a_room == 1
    assert desk.asked["skip"] and desk.asked["pause"] and desk.asked["back"]
    assert len(known.numbers) == len(set(known.numbers)) and min(known.numbers) > POPULATION.size // 2


async def test_a_second_start_goes_on_with_the_queue_that_is_there() -> None:
    clock, known = QuickClock(MORNING), Known()
    desk = Desk(clock.now)
    await played(desk, clock, known, 20)
    templates = len(desk.templates)
    under_way = {id_ for id_, one in desk.entries.items() if one["state"] in ("called", "in_room", "at_tests")}
    assert under_way
    desk.asked.clear()
    await played(desk, clock, Known(), 60)
    assert len(desk.templates) == templates and desk.asked["schedules"] == 0
    assert {desk.entries[id_]["state"] for id_ in under_way} == {"finished"}


def test_every_room_but_the_visitors_has_a_doctor_of_its_own() -> None:
    found = list(seats(1))
    assert len({seat.doctor.code for seat in found}) == len({seat.place.code for seat in found}) == len(found) > 50
    assert own_seat(1) not in found


@pytest.mark.parametrize("at", ["00:00", "09:40", "17:59", "23:59"])
def test_a_session_begins_whenever_the_demo_is_started_and_ends_by_midnight(at: str) -> None:
    hour, minute = map(int, at.split(":"))
    now = MORNING.replace(hour=hour, minute=minute)
    template = session_from(1, next(iter(seats(1))), now)
    assert sits(template, now)
    assert not sits(template, now + timedelta(days=1))
    assert template["first_day"] == template["last_day"] == "2026-11-23"


def test_usual_hours_count_as_sitting_until_an_hour_before_they_end() -> None:
    morning, _ = usual_hours(1, next(iter(seats(1))), MORNING.date())
    assert sits(morning, MORNING) and not sits(morning, MORNING.replace(hour=11, minute=1))
    assert not sits(morning, MORNING.replace(day=29))  # a Sunday


def test_the_cast_is_of_the_house_and_the_patient_is_the_last_in_the_visitors_line() -> None:
    parts = {one["role"]: one for one in cast(POPULATION, MORNING.date())}
    assert set(parts) == {"physician", "nurse", "pharmacist", "registrar", "patient"}
    assert parts["physician"]["unit"] == parts["nurse"]["unit"]
    assert parts["patient"]["name"] == waiting_person(POPULATION, MORNING.date()).name.text


async def test_departments_approve_protocols_once_and_what_was_switched_off_stays_off() -> None:
    desk = Desk(lambda: MORNING)
    units = {one.key: identity.resource_id(1, "Organization", one.code) for one in clinics()}
    untouched, off = units["respiratory"], units["urology"]
    desk.protocols = [
        {
            "id": "fever-3-days",
            "switches": [{"department": untouched, "version": 0}, {"department": off, "version": 0}],
        },
        {"id": "dysuria", "switches": [{"department": off, "version": 2}]},
    ]
    assert await approve_protocols(1, desk) == 1
    assert desk.approved == [f"tests-ahead/protocols/fever-3-days/departments/{untouched}"]
