"""How true what was foreseen came: shares of truths within the intervals of 50, 80 and 95 of 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from .model import PROBABILITIES

_PAIRS = {"within_50": (2, 4), "within_80": (1, 5), "within_95": (0, 6)}
_MIDDLE = PROBABILITIES.index(0.5)


@dataclass(slots=True)
class Score:
    """Counts over what was foreseen and came; ``below`` and ``above`` are outside the interval of 80, ``error`` and
    ``width`` (of that interval) are sums. Ends belong to an interval, so that figures that are whole numbers, or
    often zero, lie within more often than the name of the interval says."""

    told: int = 0
    within_50: int = 0
    within_80: int = 0
    within_95: int = 0
    below: int = 0
    above: int = 0
    error: float = 0.0
    width: float = 0.0

    def add(self, quantiles: Sequence[float], truth: float) -> None:
        """One figure that was foreseen, by ``PROBABILITIES``, and what it came to."""
        self.told += 1
        for name, (low, high) in _PAIRS.items():
            setattr(self, name, getattr(self, name) + int(quantiles[low] <= truth <= quantiles[high]))
        self.below += int(truth < quantiles[1])
        self.above += int(truth > quantiles[5])
        self.error += float(abs(truth - quantiles[_MIDDLE]))
        self.width += quantiles[5] - quantiles[1]

    def merge(self, other: Score) -> None:
        """Add another's counts."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def shares(self) -> dict[str, float]:
        """Shares and means; {"told": 0} where nothing came yet."""
        if not self.told:
            return {"told": 0}
        shares = {name: getattr(self, name) / self.told for name in (*_PAIRS, "below", "above", "error", "width")}
        return {"told": self.told, **{name: round(share, 3) for name, share in shares.items()}}
