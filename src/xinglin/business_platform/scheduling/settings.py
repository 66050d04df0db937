"""Settings of scheduling: section ``[scheduling]`` of xinglin.toml, variables ``XINGLIN_SCHEDULING_*``."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError


class SchedulingSettings(msgspec.Struct, frozen=True):
    """``days_ahead``: for how many days slots are made. ``cancel_until_minutes``: patients cancel and reschedule by
    themselves until so long before the start, the desk at any time before it. ``offer_minutes``: how long a freed
    place is held for the person on the waitlist to whom it was offered."""

    days_ahead: int = 14
    cancel_until_minutes: int = 60
    offer_minutes: int = 15

    def __post_init__(self) -> None:
        problems = [
            text
            for broken, text in (
                (not 1 <= self.days_ahead <= 180, "days_ahead must be between 1 and 180"),
                (not 0 <= self.cancel_until_minutes <= 20_160, "cancel_until_minutes must be between 0 and 20160"),
                (not 1 <= self.offer_minutes <= 1_440, "offer_minutes must be between 1 and 1440"),
            )
            if broken
        ]
        if problems:
            said = "; ".join(problems)
            raise XinglinError(Category.INVALID, f"[scheduling] {said}", f"[scheduling] 设置有误：{said}")
