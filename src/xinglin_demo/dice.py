"""Chance that repeats: every drawing has its own stream, named by what it decides."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def dice(*name: object) -> Random:
    """A stream that depends on ``name`` alone, so that nothing drawn elsewhere can disturb it."""
    return Random("/".join(map(str, name)))


class Weighted(Generic[T]):
    """A closed list to draw from by weight; weights need not add up to anything."""

    def __init__(self, entries: Iterable[tuple[T, float]]) -> None:
        pairs = list(entries)
        self.values = [value for value, _ in pairs]
        self._edges = list(accumulate(weight for _, weight in pairs))

    def draw(self, random: Random) -> T:
        place = bisect_right(self._edges, random.random() * self._edges[-1])
        return self.values[min(place, len(self.values) - 1)]
