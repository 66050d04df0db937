"""One person of the demo's 50,000, computed from seed and number alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ..dice import Weighted, dice
from .name import Name, draw_name
from .pyramid import draw_birth
from .region import Region, draw_home, draw_registration_code, draw_street
from .resident_id import ORDERS_A_DAY, compose

SIZE = 50_000
# 500 order numbers for one place, day and sex, and birthdays 100 days apart in their remainder: no two alike.
_DAYS_APART = SIZE // ORDERS_A_DAY

# ABO shares as met among Han in Jiangsu and Shanghai; Rh-negative blood is rare there.
_ABO: Weighted[str] = Weighted([("A", 31), ("B", 27), ("O", 32), ("AB", 10)])
_RH_NEGATIVE_SHARE = 0.004
_ETHNICITIES: Weighted[tuple[str, str]] = Weighted(
    [
        (("01", "汉族"), 985),
        (("03", "回族"), 5),
        (("15", "土家族"), 4),
        (("06", "苗族"), 4),
        (("11", "满族"), 2),
    ]
)
_MOBILE_PREFIXES = (133, 135, 136, 137, 138, 139, 150, 151, 152, 158, 159, 177, 180, 182, 186, 187, 188, 189)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may come to the hospital. ``number`` counts from 0 in the order of first coming."""

    number: int
    name: Name
    male: bool
    born: date
    resident_id: str
    home: Region
    street: str
    mobile: str
    employed: bool
    married: bool
    ethnicity: tuple[str, str]
    abo: str
    rh_positive: bool

    @property
    def medical_record_number(self) -> str:
        return f"{10_000_000 + self.number}"

    @property
    def insurance_number(self) -> str:
        """Pooling area, kind of insurance (1 employees, 2 residents) and the person's number."""
        return f"{self.home.insurance_code}{1 if self.employed else 2}{self.number:08d}"

    def age_on(self, day: date) -> int:
        """Completed years of life on ``day``."""
        had_birthday = (day.month, day.day) >= (self.born.month, self.born.day)
        return day.year - self.born.year - (0 if had_birthday else 1)


class Population:
    """People 0 to ``size`` - 1 of the hospital with ``seed``; nobody is kept in memory for long."""

    def __init__(self, seed: int, size: int = SIZE) -> None:
        if not 0 < size <= SIZE:
            raise ValueError(f"a hospital has 1 to {SIZE} people, not {size}")
        self.seed = seed
        self.size = size
        self.person = lru_cache(maxsize=8192)(self._make)

    def _make(self, number: int) -> Person:
        if not 0 <= number < self.size:
            raise IndexError(f"person {number} of {self.size}")
        random = dice(self.seed, "person", number)
        born, male = draw_birth(random)
        born -= timedelta(days=(born.toordinal() - number // ORDERS_A_DAY) % _DAYS_APART)
        home = draw_home(random)
        place_code = draw_registration_code(random, home, born.year)
        years = 2026 - born.year
        return Person(
            number=number,
            name=draw_name(random, born.year, male=male),
            male=male,
            born=born,
            resident_id=compose(place_code, born, number % ORDERS_A_DAY, male=male),
            home=home,
            street=draw_street(random, home),
            mobile=f"{random.choice(_MOBILE_PREFIXES)}{random.randrange(10**8):08d}",
            employed=years >= 18 and random.random() < 0.62,
            married=years >= 22 and random.random() < min(0.9, (years - 20) / 14),
            ethnicity=_ETHNICITIES.draw(random),
            abo=_ABO.draw(random),
            rh_positive=random.random() >= _RH_NEGATIVE_SHARE,
        )
