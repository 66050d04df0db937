"""Who walks: what they may use, how fast they are, what a lift or a stair costs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

ProfileName = Literal["walking", "wheelchair", "stretcher", "staff"]


@dataclass(frozen=True, slots=True)
class Profile:
    """``least_door_metres`` is the clear width needed; a door of unknown width counts as wide where ``trusting``.

    ``storey_stairs_seconds`` is None where stairs cannot be used. ``beds`` asks for lifts that a bed fits, ``staff``
    opens doors and rooms that are not for the public.
    """

    name: ProfileName
    metres_per_second: float
    storey_stairs_seconds: float | None
    least_door_metres: float
    trusting: bool
    door_seconds: float
    beds: bool = False
    staff: bool = False


LIFT_WAIT_SECONDS, LIFT_STOREY_SECONDS = 40.0, 4.0
"""Assumed: what is waited for a lift and its doors, and what each storey takes."""

PROFILES: dict[ProfileName, Profile] = {
    "walking": Profile("walking", 1.1, 22.0, 0.0, True, 1.0),
    "wheelchair": Profile("wheelchair", 0.8, None, 0.8, True, 4.0),
    "stretcher": Profile("stretcher", 0.9, None, 1.1, False, 5.0, beds=True, staff=True),
    "staff": Profile("staff", 1.3, 18.0, 0.0, True, 1.0, staff=True),
}
"""Speeds are assumed, below the 1.2 m/s of street crossings: people in a hospital are slow. The least door of a
wheelchair is that of GB 50763 (0.8 m), of a bed that of GB 51039 (1.1 m)."""


def profile_of(name: str) -> Profile:
    """The profile of that name; INVALID where there is none."""
    found = next((one for key, one in PROFILES.items() if key == name), None)
    if found is None:
        known = ", ".join(PROFILES)
        raise XinglinError(
            Reason.INVALID, f"profile is one of {known}", f"出行方式可选：{known}", expression="profile"
        )  # fmt: skip
    return found
