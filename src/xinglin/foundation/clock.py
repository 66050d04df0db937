"""Time as a port: everything that asks what time it is asks a ``Clock``."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What rooms may ask of time; tests hand in one they can move."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic_seconds(self) -> float:
        """Seconds on a clock that never steps back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_seconds(self) -> float:
        return time.monotonic()
