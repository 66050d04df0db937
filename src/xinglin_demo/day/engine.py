"""Runs many pathways at once in simulated time, always in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import TypeAlias, Union

from .happening import Happening

Pathway: TypeAlias = Iterator[Union[datetime, Happening, "Pathway"]]
"""A course of things. It gives a moment to wait for, a happening to tell, or a pathway to begin."""


class Engine:
    """A queue of pathways by the moment at which each goes on; equal moments go by who came first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Pathway]] = []
        self._count = 0

    def begin(self, at: datetime, pathway: Pathway) -> None:
        self._count += 1
        heappush(self._waiting, (at, self._count, pathway))

    def run(self) -> Iterator[Happening]:
        """Happenings in order of time, for as long as any pathway goes on."""
        while self._waiting:
            at, _, pathway = heappop(self._waiting)
            for step in pathway:
                if isinstance(step, datetime):
                    self.begin(max(step, at), pathway)
                    break
                if isinstance(step, Happening):
                    yield step
                else:
                    self.begin(at, step)
