"""08:00: hundreds ask for the places of one department at once, at two processes of one node."""

from __future__ import annotations

from collections import Counter
from datetime import time

import pytest

from xinglin.business_platform.scheduling import NoPlace
from xinglin.foundation.database import Database

from .clinic_day import ClinicDay, all_at_once, given

_PEOPLE, _PLACES = 600, 50


@pytest.fixture
async def crowded(database: Database) -> ClinicDay:
    found = ClinicDay(database)
    await found.open(period_minutes=30, places=5, starts=time(8), ends=time(13))
    return found


async def test_six_hundred_people_at_fifty_places_none_is_oversold_and_each_is_answered(crowded: ClinicDay) -> None:
    people = await crowded.people(_PEOPLE)
    desks = [crowded.desk, crowded.another_process()]
    outcomes = await all_at_once(desks, [crowded.wanted(patient) for patient in people])
    won = given(outcomes)
    assert len(won) == _PLACES
    assert sum(isinstance(one, NoPlace) for one in outcomes) == _PEOPLE - _PLACES
    per_slot = Counter(place.slot_id for _, place in won)
    assert set(per_slot.values()) == {5} and len(per_slot) == 10
    assert [(one.taken, one.free) for one in await crowded.slots()] == [(5, 0)] * 10
    async with crowded.database.connection() as connection:
        page = await crowded.store.search(
            connection,
            "Appointment",
            [("actor", f"HealthcareService/{crowded.service}"), ("status", "booked"), ("_count", "200")],
        )
    assert {one["id"] for one in page.resources()} == {booking.appointment_id for booking, _ in won}


async def test_at_one_process_the_first_fifty_to_come_get_the_places_in_the_order_of_time(crowded: ClinicDay) -> None:
    people = await crowded.people(_PEOPLE)
    outcomes = await all_at_once([crowded.desk], [crowded.wanted(patient) for patient in people])
    won = given(outcomes)
    assert [booking.patient for booking, _ in won] == people[:_PLACES]
    assert [place.starts_at for _, place in won] == sorted(place.starts_at for _, place in won)


async def test_at_two_processes_together_the_first_fifty_to_come_get_the_places(crowded: ClinicDay) -> None:
    people = await crowded.people(_PEOPLE)
    desks = [crowded.desk, crowded.another_process()]
    won = given(await all_at_once(desks, [crowded.wanted(patient) for patient in people]))
    assert {booking.patient for booking, _ in won} == set(people[:_PLACES])


async def test_a_retry_in_the_rush_keeps_the_place_in_line(crowded: ClinicDay) -> None:
    people = await crowded.people(_PEOPLE)
    first = [crowded.wanted(patient) for patient in people]
    again = first[40:60]
    outcomes = await all_at_once([crowded.desk], [*first, *again])
    assert {booking.patient for booking, _ in given(outcomes)} == set(people[:_PLACES])
    assert len(given(outcomes)) == _PLACES + 10


async def test_whatever_is_cancelled_meanwhile_no_place_is_given_twice(crowded: ClinicDay) -> None:
    people = await crowded.people(120)
    won = given(await all_at_once([crowded.desk], [crowded.wanted(patient) for patient in people[:50]]))
    other = crowded.another_process()
    for booking, _ in won[:20]:
        await other.cancel(booking.appointment_id, "", by_desk=True)
    later = given(await all_at_once([crowded.desk, other], [crowded.wanted(patient) for patient in people[50:]]))
    assert len(later) == 20
    assert [one.taken for one in await crowded.slots()] == [5] * 10
