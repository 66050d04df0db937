"""The 150 doctors."""

from __future__ import annotations

from dataclasses import dataclass

from ..dice import Weighted, dice
from ..population import Name, draw_name
from .department import DEPARTMENTS, Department


@dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor; ``code`` is the staff number that identifies the Practitioner."""

    code: str
    name: Name
    male: bool
    title: str
    title_en: str
    department: Department


_TITLES: Weighted[tuple[str, str, int]] = Weighted(
    [
        (("主任医师", "Chief physician", 1968), 18),
        (("副主任医师", "Associate chief physician", 1976), 27),
        (("主治医师", "Attending physician", 1986), 35),
        (("住院医师", "Resident physician", 1995), 20),
    ]
)


def doctors(seed: int) -> list[Doctor]:
    """Every doctor, department by department; the first of each department is its chief."""
    found: list[Doctor] = []
    for department in DEPARTMENTS:
        for place in range(department.doctors):
            random = dice(seed, "doctor", department.key, place)
            title, title_en, born = _TITLES.values[0] if place == 0 else _TITLES.draw(random)
            male = random.random() < 0.52
            name = draw_name(random, born + int(random.random() * 6), male=male)
            found.append(Doctor(f"D{len(found) + 1:04d}", name, male, title, title_en, department))
    return found
