"""The people of the demo hospital whom a visitor may be."""

from __future__ import annotations

from datetime import date
from typing import Any

from . import identity
from .clinic import own_seat, waiting_person
from .population import Population


def cast(population: Population, today: date) -> list[dict[str, Any]]:
    """A physician whose consulting room nobody else plays, a nurse of that department, the desk, and a patient who
    waits there: what an account of each needs, and ``part``, what a visitor is told."""
    seed, seat = population.seed, own_seat(population.seed)
    unit = identity.resource_id(seed, "Organization", seat.department.code)
    where = f"{seat.department.name} {seat.department.name_en}"
    doctor = identity.resource_id(seed, "Practitioner", seat.doctor.code)
    person = waiting_person(population, today)
    return [
        {
            "login": "demo-physician",
            "part": f"Physician 医生 {seat.doctor.name.text} · {where} · {seat.room}",
            "name": seat.doctor.name.text,
            "role": "physician",
            "unit": unit,
            "practitioner": doctor,
        },
        {
            "login": "demo-nurse",
            "part": f"Nurse 护士 · {where}",
            "name": f"{seat.department.name}护士",
            "role": "nurse",
            "unit": unit,
        },
        {"login": "demo-desk", "part": "Registration desk 挂号窗口", "name": "挂号窗口", "role": "registrar"},
        {
            "login": "demo-patient",
            "part": f"Patient 患者 {person.name.text}",
            "name": person.name.text,
            "role": "patient",
            "patient": identity.resource_id(seed, "Patient", person.number),
        },
    ]
