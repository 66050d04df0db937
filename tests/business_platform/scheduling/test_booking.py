"""A place is given once, to who came first; everybody else is told plainly why not and what is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xinglin.business_platform.scheduling import NoPlace, SchedulingSettings
from xinglin.foundation.errors import Category, XinglinError

from .clinic_day import MONDAY, OPENING, ClinicDay, all_at_once, given


async def refusal(clinic: ClinicDay, *args: object, **more: object) -> XinglinError:
    with pytest.raises(XinglinError) as caught:
        await clinic.desk.book(clinic.wanted(*args, **more))  # type: ignore[arg-type]
    assert caught.value.english != caught.value.chinese
    return caught.value


async def test_a_booked_place_is_an_appointment_that_any_fhir_client_reads(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    slot = (await clinic.slots())[0]
    booking, place = await clinic.desk.book(clinic.wanted(patient, slot))
    found = await clinic.resource("Appointment", booking.appointment_id)
    assert found["status"] == "booked"
    assert found["start"] == "2026-11-23T00:00:00Z"
    assert found["slot"] == [{"reference": f"Slot/{slot.slot_id}"}]
    assert {one["actor"]["reference"] for one in found["participant"]} == {
        f"Patient/{patient}",
        f"Practitioner/{clinic.doctor}",
        f"HealthcareService/{clinic.service}",
    }
    assert place is not None
    assert [name for name, _ in await clinic.events(patient)] == ["appointment.booked"]


async def test_a_slot_is_free_until_its_last_place_is_given(clinic: ClinicDay) -> None:
    first, second = await clinic.people(2)
    slot = (await clinic.slots())[0]
    await clinic.desk.book(clinic.wanted(first, slot))
    assert (await clinic.resource("Slot", slot.slot_id))["status"] == "free"
    await clinic.desk.book(clinic.wanted(second, slot))
    assert (await clinic.resource("Slot", slot.slot_id))["status"] == "busy"


async def test_two_people_on_the_last_place_of_a_slot_one_gets_it_and_the_other_is_shown_what_is_free(
    clinic: ClinicDay,
) -> None:
    first, second, third = await clinic.people(3)
    slots = await clinic.slots()
    await clinic.desk.book(clinic.wanted(first, slots[0]))
    desks = [clinic.desk, clinic.another_process()]
    outcomes = await all_at_once(desks, [clinic.wanted(second, slots[0]), clinic.wanted(third, slots[0])])
    assert len(given(outcomes)) == 1
    (refused,) = [one for one in outcomes if isinstance(one, NoPlace)]
    assert refused.category is Category.CONFLICT
    assert [one.slot_id for one in refused.free] == [one.slot_id for one in slots[1:]]


async def test_a_request_that_is_sent_twice_gets_one_place(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    wanted = clinic.wanted(patient)
    desks = [clinic.desk, clinic.another_process()]
    outcomes = given(await all_at_once(desks, [wanted] * 6))
    assert len(outcomes) == 6
    assert len({booking.appointment_id for booking, _ in outcomes}) == 1
    again, _ = await clinic.desk.book(wanted)
    assert again.appointment_id == outcomes[0][0].appointment_id
    assert sum(one.taken for one in await clinic.slots()) == 1


async def test_a_key_that_was_used_for_somebody_else_is_refused(clinic: ClinicDay) -> None:
    first, second = await clinic.people(2)
    await clinic.desk.book(clinic.wanted(first, account="a", key="1"))
    refused = await refusal(clinic, second, account="a", key="1")
    assert refused.category is Category.UNPROCESSABLE


async def test_nobody_has_two_appointments_a_day_in_one_department(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    slots = await clinic.slots()
    desks = [clinic.desk, clinic.another_process()]
    outcomes = await all_at_once(desks, [clinic.wanted(patient, slot) for slot in slots])
    assert len(given(outcomes)) == 1
    assert {one.issue_code for one in outcomes if isinstance(one, XinglinError)} == {"duplicate"}


async def test_nothing_is_booked_before_it_is_released_or_after_it_began(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    slot = (await clinic.slots())[0]
    clinic.clock.at = OPENING - timedelta(seconds=1)
    early = await refusal(clinic, patient, slot)
    assert early.category is Category.UNPROCESSABLE and "2026-11-22T00:00" in early.english
    clinic.clock.at = slot.starts_at
    late = await refusal(clinic, patient, slot)
    assert late.category is Category.UNPROCESSABLE and "passed" in late.english


async def test_a_patient_a_slot_or_a_day_that_is_not_known_is_said(clinic: ClinicDay) -> None:
    (patient,) = await clinic.people(1)
    slot = (await clinic.slots())[0]
    assert (await refusal(clinic, "nobody", slot)).category is Category.NOT_FOUND
    assert (await refusal(clinic, patient, day=MONDAY + timedelta(days=1))).category is Category.NOT_FOUND
    assert (await clinic.slots())[0].taken == 0


async def test_a_stranger_does_not_keep_the_place_from_who_came_next(clinic: ClinicDay) -> None:
    people = await clinic.people(8)
    wanted = [clinic.wanted("nobody"), *(clinic.wanted(patient) for patient in people)]
    assert len(given(await all_at_once([clinic.desk], wanted))) == 8


async def test_a_cancelled_place_is_free_again_and_is_cancelled_once(clinic: ClinicDay) -> None:
    first, second, third = await clinic.people(3)
    slot = (await clinic.slots())[0]
    booking, _ = await clinic.desk.book(clinic.wanted(first, slot))
    await clinic.desk.book(clinic.wanted(second, slot))
    await clinic.desk.cancel(booking.appointment_id, "发热已退", by_desk=False)
    found = await clinic.resource("Appointment", booking.appointment_id)
    assert (found["status"], found["cancelationReason"]) == ("cancelled", {"text": "发热已退"})
    assert (await clinic.resource("Slot", slot.slot_id))["status"] == "free"
    with pytest.raises(XinglinError) as caught:
        await clinic.desk.cancel(booking.appointment_id, "", by_desk=False)
    assert caught.value.category is Category.CONFLICT
    await clinic.desk.book(clinic.wanted(third, slot))
    assert (await clinic.slots())[0].taken == 2
    assert [name for name, _ in await clinic.events(first)] == ["appointment.booked", "appointment.cancelled"]


async def test_patients_cancel_until_an_hour_before_and_the_desk_until_the_start(clinic: ClinicDay) -> None:
    first, second = await clinic.people(2)
    slot = (await clinic.slots())[0]
    mine, _ = await clinic.desk.book(clinic.wanted(first, slot))
    other, _ = await clinic.desk.book(clinic.wanted(second, slot))
    clinic.clock.at = slot.starts_at - timedelta(minutes=60)
    with pytest.raises(XinglinError) as caught:
        await clinic.desk.cancel(mine.appointment_id, "", by_desk=False)
    assert caught.value.category is Category.CONFLICT
    await clinic.desk.cancel(mine.appointment_id, "", by_desk=True)
    clinic.clock.at = slot.starts_at
    with pytest.raises(XinglinError):
        await clinic.desk.cancel(other.appointment_id, "", by_desk=True)


async def test_rescheduling_keeps_the_appointment_and_frees_the_first_place(clinic: ClinicDay) -> None:
    first, second, third = await clinic.people(3)
    slots = await clinic.slots()
    booking, _ = await clinic.desk.book(clinic.wanted(first, slots[0]))
    moved, place = await clinic.desk.reschedule(booking.appointment_id, slots[2].slot_id, by_desk=False)
    assert moved.appointment_id == booking.appointment_id
    assert place is not None and place.starts_at == slots[2].starts_at
    assert (await clinic.resource("Appointment", booking.appointment_id))["start"] == "2026-11-23T02:00:00Z"
    assert [one.taken for one in await clinic.slots()] == [0, 0, 1, 0]
    for patient in (second, third):
        await clinic.desk.book(clinic.wanted(patient, slots[1]))
    with pytest.raises(NoPlace):
        await clinic.desk.reschedule(booking.appointment_id, slots[1].slot_id, by_desk=False)
    assert [one.taken for one in await clinic.slots()] == [0, 2, 1, 0]


async def test_unfit_settings_are_refused() -> None:
    for unfit in ({"days_ahead": 0}, {"offer_minutes": 0}, {"cancel_until_minutes": -1}):
        with pytest.raises(XinglinError):
            SchedulingSettings(**unfit)


async def test_a_session_begins_and_ends_by_the_clock_of_the_node(clinic: ClinicDay) -> None:
    slots = await clinic.slots()
    assert [one.starts_at for one in slots] == [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in range(4)]
    assert {one.opens_at for one in slots} == {OPENING}
