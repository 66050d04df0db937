"""The citizen identity number of GB 11643-1999: place, birth, order and a check character."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
LENGTH = 18
ORDERS_A_DAY = 500


def check_character(first_17: str) -> str:
    """The eighteenth character by ISO 7064 MOD 11-2 (GB 11643-1999, 4.2.4)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def compose(place_code: str, born: date, order: int, *, male: bool) -> str:
    """A valid number. ``order`` (0-499) counts people of one place, day and sex; odd digits are men's."""
    sequence = order * 2 + (1 if male else 0)
    first_17 = f"{place_code}{born:%Y%m%d}{sequence:03d}"
    return first_17 + check_character(first_17)


def is_valid(number: str) -> bool:
    """Whether length, digits, date of birth and check character agree."""
    if len(number) != LENGTH or not number[:17].isdigit():
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return number[17] == check_character(number[:17])
