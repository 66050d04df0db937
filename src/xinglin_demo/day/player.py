"""Plays the telling to a node at its speed, over several connections, each person's happenings in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from ..wire import Acknowledgement, RefusedError
from .booking import appointment, is_booking
from .happening import Happening
from .memory import Memory, keep
from .speech import Telling, is_scheduled_by_message, message

_LANE_LENGTH = 32
_RESERVED_SECONDS = 5.0
_KEEP_SECONDS = 2.0
_BREATH = 1000


class Sender(Protocol):
    """One connection for HL7 v2 messages."""

    async def send(self, message: bytes, control_id: str) -> Acknowledgement: ...

    async def close(self) -> None: ...


class Booker(Protocol):
    """Where bookings are written."""

    async def put(self, resource: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class Score:
    """What was told so far in this run; ``refusals`` keeps the last few reasons."""

    told: int = 0
    refused: int = 0
    at: datetime | None = None
    refusals: tuple[str, ...] = ()

    def refuse(self, reason: str) -> None:
        self.refused += 1
        self.refusals = (*self.refusals[-4:], reason)


async def _known(_: int) -> None:
    """Everybody is in the node already."""


class Player:
    """Tells the happenings of ``story`` that the memory does not hold as acknowledged.

    ``story`` is the memory's telling from its beginning, without end; ``run`` ends only when cancelled.
    ``person_known`` is awaited with a person's number before anything is told about that person;
    ``census_told`` is set when those who were in the house at the beginning have been handed out.
    """

    def __init__(
        self,
        memory: Memory,
        file: Path,
        senders: Iterable[Sender],
        booker: Booker,
        story: Iterable[Happening],
        *,
        person_known: Callable[[int], Awaitable[None]] = _known,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._memory = memory
        self._file = file
        self._senders = list(senders)
        self._booker = booker
        self._story = story
        self._person_known = person_known
        self._now = now
        self._telling = Telling(memory.seed, memory.series, memory.timeline)
        self._lanes: list[asyncio.Queue[tuple[int, Happening]]] = [asyncio.Queue(_LANE_LENGTH) for _ in self._senders]
        self._open: dict[int, None] = {}
        self._handed = memory.acknowledged
        self.score = Score()
        self.census_told = asyncio.Event()

    async def run(self) -> None:
        """Play for ever; on cancellation what is acknowledged has been kept."""
        self._keep()
        try:
            async with asyncio.TaskGroup() as tasks:
                for sender, lane in zip(self._senders, self._lanes, strict=True):
                    tasks.create_task(self._work(sender, lane))
                tasks.create_task(self._remember())
                await self._hand_out()
        finally:
            self._keep()
            for sender in self._senders:
                await sender.close()

    async def _hand_out(self) -> None:
        memory = self._memory
        already_told = memory.acknowledged
        for index, happening in enumerate(self._story):
            if index < already_told:
                if index % _BREATH == 0:
                    await asyncio.sleep(0)
                continue
            if happening.at >= memory.began_at:
                self.census_told.set()
            await self._wait_for(happening)
            self._open[index] = None
            self._handed = index + 1
            lane = self._lanes[happening.stay.person.number % len(self._lanes)]
            await lane.put((index, happening))

    async def _wait_for(self, happening: Happening) -> None:
        """Until its moment has come in real time, and its moment is reserved in the memory."""
        due_at = self._telling.timeline.real(happening.at)
        wait_seconds = (due_at - self._now()).total_seconds()
        if wait_seconds > 0:
            await asyncio.sleep(wait_seconds)
        if happening.at >= self._memory.reserved_until:
            speed = self._memory.timeline.stretches[-1].speed
            ahead = timedelta(seconds=_RESERVED_SECONDS * speed)
            self._memory.reserved_until = happening.at + ahead
            self._keep()

    async def _work(self, sender: Sender, lane: asyncio.Queue[tuple[int, Happening]]) -> None:
        while True:
            index, happening = await lane.get()
            await self._person_known(happening.stay.person.number)
            await self._tell(sender, index, happening)
            del self._open[index]
            self.score.told += 1
            self.score.at = happening.at

    async def _tell(self, sender: Sender, index: int, happening: Happening) -> None:
        if is_booking(happening) and not is_scheduled_by_message(happening):
            try:
                await self._booker.put(appointment(self._telling, happening))
            except RefusedError as error:
                self.score.refuse(str(error))
            return
        answer = await sender.send(message(self._telling, happening, index), self._telling.control_id(index))
        if not answer.accepted:
            self.score.refuse(f"{self._telling.control_id(index)} {answer.code} {answer.text}")

    async def _remember(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            self._keep()

    def _keep(self) -> None:
        self._memory.acknowledged = next(iter(self._open), self._handed)
        keep(self._file, self._memory)
