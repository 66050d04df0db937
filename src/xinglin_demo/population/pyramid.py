"""Ages as they are in China: shares of five-year groups after the census of 2020, rounded."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ..dice import Weighted

AS_OF = date(2026, 1, 1)
"""The day on which the ages hold; fixed, so that a hospital is the same whenever it is made."""

# First age of the group -> (share of all people in per mille, share of men within the group).
GROUPS: dict[int, tuple[float, float]] = {
    0: (55, 0.525),
    5: (64, 0.532),
    10: (61, 0.534),
    15: (52, 0.537),
    20: (53, 0.529),
    25: (65, 0.521),
    30: (88, 0.511),
    35: (70, 0.512),
    40: (66, 0.512),
    45: (81, 0.508),
    50: (86, 0.505),
    55: (72, 0.502),
    60: (52, 0.500),
    65: (52, 0.490),
    70: (35, 0.485),
    75: (22, 0.470),
    80: (14, 0.445),
    85: (12, 0.390),
}
_AGES: Weighted[int] = Weighted((age, share) for age, (share, _) in GROUPS.items())


def draw_birth(random: Random) -> tuple[date, bool]:
    """A date of birth and whether it is a man's."""
    first_age = _AGES.draw(random)
    years = 5 if first_age < 85 else 12
    days = int((first_age + random.random() * years) * 365.2425)
    return AS_OF - timedelta(days=days + 1), random.random() < GROUPS[first_age][1]
