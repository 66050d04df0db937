"""One department's clinic: who comes, and its doctors at work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from .. import identity
from ..population import Person
from ..wire import RefusedError, TakenError
from .hours import Seat
from .score import Score

_SEEN_AN_HOUR = 7.2
"""Arrivals a doctor and hour: with the times below, doctors are at work for about nine tenths of it."""
_BOOKED_SHARE = 0.6
_MISSED_SHARE = 0.07
_UNHEARD_SHARE = 0.05
_TESTS_SHARE = 0.25
_CASH_SHARE = 0.15
_UNPAID_SHARE = 0.03
_VISIT_MINUTES, _VISIT_SIGMA = 5.4, 0.55
_AGAIN_MINUTES = 2.5
_WAITING_AT_OPENING = 2.5
_BOOKED_AT_OPENING = 4.0
_BOOK_AHEAD = timedelta(minutes=5), timedelta(minutes=90)
_EMPTY_SECONDS = 15.0
_PAUSE_SECONDS = 5.0

Sleep = Callable[[float], Awaitable[None]]


class Node(Protocol):
    """The business interface, as a clinic uses it."""

    async def get(self, path: str) -> Any: ...

    async def post(self, path: str, body: dict[str, Any]) -> Any: ...

    async def put(self, path: str, body: dict[str, Any]) -> Any: ...

    async def confirm(self, pay_url: str) -> None: ...


class People(Protocol):
    """Whom the clinic may expect, each known to the node when handed out."""

    async def fitting(self, seat: Seat, count: int) -> list[Person]: ...


class Corridor:
    """The clinic of one department; ``run`` ends only when cancelled. It keeps nothing: a new start goes on with the
    queue that the node has."""

    def __init__(
        self,
        seed: int,
        seats: list[Seat],
        node: Node,
        people: People,
        score: Score,
        random: Random,
        now: Callable[[], datetime],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._seed = seed
        self._seats = seats
        self._node = node
        self._people = people
        self._score = score
        self._random = random
        self._now = now
        self._sleep = sleep
        self._service = identity.resource_id(seed, "HealthcareService", seats[0].department.clinic)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """See patients for ever."""
        try:
            queue = await self._node.get(f"queue/services/{self._service}")
            if not queue["entries"]:
                await self._open()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                for seat in self._seats:
                    tasks.create_task(self._see(seat, self._left_by(seat, queue["entries"])))
        finally:
            for task in self._tasks:
                task.cancel()

    async def _open(self) -> None:
        """A morning that is under way: some wait, more are expected."""
        rooms = len(self._seats)
        people = await self._people.fitting(self._seats[0], round(rooms * _WAITING_AT_OPENING))
        for person in reversed(people):  # so that the one whom a visitor may be has a while to wait
            await self._walk_in(person)
        for _ in range(round(rooms * _BOOKED_AT_OPENING)):
            self._begin(self._book())

    async def _receive(self) -> None:
        while True:
            gap_hours = self._random.expovariate(_SEEN_AN_HOUR * len(self._seats))
            await self._sleep(gap_hours * 3600)
            if self._random.random() < _BOOKED_SHARE:
                self._begin(self._book())
            else:
                for person in await self._people.fitting(self._seats[0], 1):
                    self._begin(self._walk_in(person))

    async def _walk_in(self, person: Person) -> None:
        await self._try("queue/check-in", {"patient": self._patient(person), "service": self._service})

    async def _book(self) -> None:
        """One person books a place of the next hour and a half, and comes to it, or does not."""
        now = self._now()
        today = f"first={now.date()}&last={now.date()}"
        slots = await self._node.get(f"scheduling/slots?service={self._service}&{today}")
        free = [one for one in slots if one["free"]]
        soonest, latest = (now + ahead for ahead in _BOOK_AHEAD)
        near = [one for one in free if soonest <= datetime.fromisoformat(one["starts_at"]) <= latest]
        people = await self._people.fitting(self._seats[0], 1)
        if not near or not people:
            return
        slot, person = self._random.choice(near), people[0]
        asked = {"service": self._service, "patient": self._patient(person), "slot": slot["slot"]}
        booked = await self._try("scheduling/appointments", asked)
        if booked is None:
            return
        self._score.booked += 1
        if self._random.random() < _MISSED_SHARE:
            return
        starts_at = datetime.fromisoformat(slot["starts_at"])
        comes_at = starts_at + timedelta(minutes=self._random.gauss(-8, 9))
        await self._sleep(max(0.0, (comes_at - self._now()).total_seconds()))
        await self._try("queue/check-in", {"appointment": booked["appointment"]})

    async def _see(self, seat: Seat, left: list[dict[str, Any]]) -> None:
        """A doctor calls, sees and lets go, one patient after another; first those whom an earlier run left."""
        for entry in left:
            if entry["state"] in ("called", "in_room"):
                await self._attend(entry)
            else:
                self._begin(self._come_back(entry, 300))
        me = identity.resource_id(self._seed, "Practitioner", seat.doctor.code)
        while True:
            asked = {"practitioner": me, "room": seat.room}
            entry = await self._try(f"queue/services/{self._service}/call", asked)
            if entry is None:
                await self._sleep(_EMPTY_SECONDS)
            elif self._random.random() < _UNHEARD_SHARE:
                await self._sleep(60)
                await self._step(entry, "skip")
                self._begin(self._come_back(entry, self._random.uniform(120, 400)))
            else:
                await self._attend(entry)

    async def _attend(self, entry: dict[str, Any]) -> None:
        random = self._random
        again = entry["started_at"] is not None
        if entry["state"] == "called":
            await self._sleep(random.uniform(10, 40))
            if await self._step(entry, "start") is None:
                return
        minutes = _AGAIN_MINUTES if again else _VISIT_MINUTES
        await self._sleep(60 * minutes * random.lognormvariate(0, _VISIT_SIGMA))
        if not again and random.random() < _TESTS_SHARE:
            await self._step(entry, "pause")
            self._begin(self._come_back(entry, 60 * max(6.0, random.gauss(18, 5))))
            return
        if await self._step(entry, "finish") is not None:
            self._score.seen += 1
            self._begin(self._pay(entry))

    async def _pay(self, entry: dict[str, Any]) -> None:
        """On the way out: most by phone, some at the desk, and a few not today."""
        await self._sleep(self._random.uniform(20, 180))
        found = await self._node.get(f"bills?patient={entry['patient']}")
        owed = [
            one
            for bill in found["bills"]
            if bill["encounter"] == entry["encounter"]
            for one in bill["invoices"]
            if one["state"] == "draft" and one["total_fen"]
        ]
        if not owed or self._random.random() < _UNPAID_SHARE:
            return
        invoice, asked = owed[0]["id"], {"amount_fen": owed[0]["total_fen"]}
        if found["is_online"] and self._random.random() > _CASH_SHARE:
            order = await self._try(f"bills/invoices/{invoice}/pay", asked)
            if order is not None and order["pay_url"]:
                await self._node.confirm(order["pay_url"])
        else:
            await self._try(f"cashier/invoices/{invoice}/cash", {**asked, "key": f"desk-{invoice}"})

    async def _come_back(self, entry: dict[str, Any], after_seconds: float) -> None:
        await self._sleep(after_seconds)
        await self._step(entry, "back")

    async def _step(self, entry: dict[str, Any], step: str) -> Any:
        return await self._try(f"queue/entries/{entry['encounter']}/{step}", {})

    async def _try(self, path: str, body: dict[str, Any]) -> Any:
        """The answer, or None where the node refuses, which is counted: a clinic goes on all the same."""
        try:
            return await self._node.post(path, body)
        except TakenError:
            return None
        except RefusedError as error:
            self._score.refuse(str(error))
            await self._sleep(_PAUSE_SECONDS)
            return None

    def _left_by(self, seat: Seat, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        me = identity.resource_id(self._seed, "Practitioner", seat.doctor.code)
        return [one for one in entries if one["practitioner"] == me and one["state"] != "waiting"]

    def _patient(self, person: Person) -> str:
        return identity.resource_id(self._seed, "Patient", person.number)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(self._noting(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _noting(self, work: Any) -> None:
        try:
            await work
        except RefusedError as error:
            self._score.refuse(str(error))
