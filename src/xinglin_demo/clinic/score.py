"""What came of the clinics so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Score:
    """Counts of this run; ``refusals`` keeps the last few reasons."""

    booked: int = 0
    seen: int = 0
    refused: int = 0
    refusals: tuple[str, ...] = ()

    def refuse(self, reason: str) -> None:
        self.refused += 1
        self.refusals = (*self.refusals[-4:], reason)
