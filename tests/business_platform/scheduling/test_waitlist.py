"""A freed place is offered to who waited longest, for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xinglin.business_platform.scheduling import Booking, NoPlace
from xinglin.foundation.errors import Category, XinglinError

from .clinic_day import MONDAY, ClinicDay, all_at_once, given


async def full(clinic: ClinicDay, waiting: int) -> tuple[list[Booking], list[Booking], list[str]]:
    """All places given and ``waiting`` people on the list: their bookings, waits and ids."""
    people = await clinic.people(8 + waiting)
    won = [one for one, _ in given(await all_at_once([clinic.desk], [clinic.wanted(one) for one in people[:8]]))]
    waits = []
    for patient in people[8:]:
        clinic.clock.at += timedelta(seconds=1)
        waits.append(await clinic.desk.waitlist.join(clinic.wanted(patient), MONDAY, MONDAY))
    return won, waits, people[8:]


async def test_who_waited_longest_is_offered_a_freed_place_and_takes_it(clinic: ClinicDay) -> None:
    won, waits, people = await full(clinic, 2)
    assert (await clinic.resource("Appointment", waits[0].appointment_id))["status"] == "waitlist"
    await clinic.desk.cancel(won[0].appointment_id, "", by_desk=False)
    assert (await clinic.resource("Appointment", waits[0].appointment_id))["status"] == "pending"
    assert [name for name, _ in await clinic.events(people[0])] == ["waitlist.changed", "slot.offered"]
    booked, place = await clinic.desk.waitlist.accept(waits[0].appointment_id)
    assert booked.state == "booked" and place is not None and place.slot_id == won[0].slot_id
    found = await clinic.resource("Appointment", waits[0].appointment_id)
    assert found["status"] == "booked" and found["slot"] == [{"reference": f"Slot/{place.slot_id}"}]
    again, _ = await clinic.desk.waitlist.accept(waits[0].appointment_id)
    assert again.state == "booked"
    assert sum(one.taken for one in await clinic.slots()) == 8


async def test_an_offered_place_is_nobody_elses(clinic: ClinicDay) -> None:
    won, _, _ = await full(clinic, 1)
    await clinic.desk.cancel(won[0].appointment_id, "", by_desk=False)
    (quick,) = await clinic.people(1)
    with pytest.raises(NoPlace):
        await clinic.desk.book(clinic.wanted(quick))


async def test_an_offer_that_nobody_takes_in_time_goes_to_the_next(clinic: ClinicDay) -> None:
    won, waits, people = await full(clinic, 2)
    await clinic.desk.cancel(won[0].appointment_id, "", by_desk=False)
    assert (await clinic.resource("Appointment", waits[0].appointment_id))["status"] == "pending"
    clinic.clock.at += timedelta(minutes=16)
    with pytest.raises(XinglinError) as caught:
        await clinic.desk.waitlist.accept(waits[0].appointment_id)
    assert caught.value.category is Category.CONFLICT
    assert await clinic.desk.waitlist.pass_on() >= 1
    assert (await clinic.resource("Appointment", waits[0].appointment_id))["status"] == "cancelled"
    assert [name for name, _ in await clinic.events(people[1])][-1] == "slot.offered"
    booked, _ = await clinic.desk.waitlist.accept(waits[1].appointment_id)
    assert booked.state == "booked"


async def test_who_leaves_the_list_gives_the_offer_back(clinic: ClinicDay) -> None:
    won, waits, _ = await full(clinic, 1)
    await clinic.desk.cancel(won[0].appointment_id, "", by_desk=False)
    await clinic.desk.waitlist.leave(waits[0].appointment_id, "不再需要")
    assert sum(one.free for one in await clinic.slots()) == 1
    with pytest.raises(XinglinError):
        await clinic.desk.waitlist.leave(waits[0].appointment_id, "")


async def test_nobody_waits_while_places_are_free_or_twice(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    with pytest.raises(NoPlace) as caught:
        await clinic.desk.waitlist.join(clinic.wanted(patient), MONDAY, MONDAY)
    assert caught.value.free
    _, _, people = await full(clinic, 1)
    with pytest.raises(XinglinError) as again:
        await clinic.desk.waitlist.join(clinic.wanted(people[0]), MONDAY, MONDAY)
    assert again.value.category is Category.CONFLICT
