"""Wards, rooms and beds by their codes: ward ``W07``, room ``W07-12``, bed ``W07-12-2``."""

from __future__ import annotations

from dataclasses import dataclass

from .department import DEPARTMENTS, EMERGENCY_ROOMS, EMERGENCY_UNIT, Department


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is, as PV1-3 says it: point of care, room, bed; the latter may be empty."""

    unit: str
    room: str = ""
    bed: str = ""

    @property
    def code(self) -> str:
        return "-".join(part for part in (self.unit, self.room, self.bed) if part)


def ward_beds(department: Department) -> list[Place]:
    """The beds of a ward, in order of rooms."""
    per_room = department.beds_per_room
    return [
        Place(department.ward, f"{1 + number // per_room:02d}", str(1 + number % per_room))
        for number in range(department.beds)
    ]


def emergency_beds(room: str) -> list[Place]:
    beds = next(count for number, _, _, count in EMERGENCY_ROOMS if number == room)
    return [Place(EMERGENCY_UNIT, room, str(number + 1)) for number in range(beds)]


def wards() -> list[Department]:
    return [department for department in DEPARTMENTS if department.beds]


def clinics() -> list[Department]:
    return [department for department in DEPARTMENTS if department.consulting_rooms]
