"""Settings of the twin: section ``[digital_twin]`` of xinglin.toml, variables ``XINGLIN_DIGITAL_TWIN_*``."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError


class DigitalTwinSettings(msgspec.Struct, frozen=True):
    """``foresee_every_seconds``: how often the house is played on from its state now; 0 never. ``replications``: how
    many times each. ``learn_days``: of how many past days it learns.

    A what-if answers within ``what_if_seconds``; its costs are yuan: ``doctor_hour_yuan`` (overtime
    ``overtime_factor`` times that) and ``room_hour_yuan``; a house puts its own."""

    foresee_every_seconds: float = 60.0
    replications: int = 1000
    learn_days: int = 28
    what_if_seconds: float = 6.0
    doctor_hour_yuan: float = 120.0
    overtime_factor: float = 1.5
    room_hour_yuan: float = 20.0

    def __post_init__(self) -> None:
        problems = [
            text
            for broken, text in (
                (
                    self.foresee_every_seconds != 0 and not 2 <= self.foresee_every_seconds <= 3600,
                    "foresee_every_seconds must be 0 or between 2 and 3600",
                ),
                (not 50 <= self.replications <= 20_000, "replications must be between 50 and 20000"),
                (not 1 <= self.learn_days <= 365, "learn_days must be between 1 and 365"),
                (not 1 <= self.what_if_seconds <= 60, "what_if_seconds must be between 1 and 60"),
                (
                    min(self.doctor_hour_yuan, self.overtime_factor, self.room_hour_yuan) < 0,
                    "doctor_hour_yuan, overtime_factor and room_hour_yuan cannot be negative",
                ),
            )
            if broken
        ]
        if problems:
            said = "; ".join(problems)
            raise XinglinError(Category.INVALID, f"[digital_twin] {said}", f"[digital_twin] 设置有误：{said}")
