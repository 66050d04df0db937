"""Writes the hospital and its people into a node by FHIR transactions; a second time it changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from . import identity
from .hospital import NAME, NAME_EN, staff, structure
from .population import FUNDS, Population, coverage, fund, patient

_GENERATION = 1
"""Raised when the generator changes, so that a node loaded by an older one is renewed."""

_STRUCTURE_BATCH = 300
_PEOPLE_BATCH = 75
_CONNECTIONS = 4
GENTLE_CONNECTIONS = 2
"""For loading while the day is played: the node has enough left to show what happens at once."""

Resource = dict[str, Any]


class Node(Protocol):
    """The node as the loader needs it."""

    async def read(self, type_: str, id_: str) -> Resource | None: ...

    async def put(self, resource: Resource) -> None: ...

    async def transaction(self, resources: list[Resource]) -> None: ...


class Loader:
    """Loads one hospital. A Group of its people marks how far: its quantity counts them from number 0."""

    def __init__(self, node: Node, population: Population, progress: Callable[[int], None] = lambda _: None) -> None:
        self._node = node
        self._population = population
        self._progress = progress
        self._known = bytearray(population.size)
        self._news = asyncio.Condition()
        self._marked = 0

    async def begin(self) -> int:
        """Structure and staff; returns how many people the node had already.

        Asks the marker first: a node that has them is not written to at all.
        """
        marker = await self._node.read("Group", self._group_id())
        self._marked = 0 if marker is None or not self._is_current(marker) else int(marker.get("quantity", 0))
        if marker is None or not self._is_current(marker):
            seed = self._population.seed
            for batch in _batches(structure(seed), _STRUCTURE_BATCH):
                await self._node.transaction(batch)
            funds = (fund(seed, one) for one in FUNDS.values())
            for batch in _batches((*funds, *staff(seed)), _STRUCTURE_BATCH):
                await self._node.transaction(batch)
            await self._mark(0)
        self._known[: self._marked] = b"\x01" * self._marked
        self._progress(self._marked)
        return self._marked

    async def people(self, numbers: Iterable[int]) -> None:
        """These people, in this order, as far as they are not known."""
        await self._load([number for number in numbers if not self._known[number]])

    def assume_known(self, numbers: Iterable[int]) -> None:
        """Take the word of an earlier run that the node has these people."""
        for number in numbers:
            self._known[number] = 1

    async def rest(self, connections: int = _CONNECTIONS) -> None:
        """Everybody else, by number; may be stopped anywhere and begun again."""
        size = self._population.size
        while self._marked < size:
            step = min(size, self._marked + _PEOPLE_BATCH * _CONNECTIONS * 8)
            numbers = [number for number in range(self._marked, step) if not self._known[number]]
            await self._load(numbers, connections)
            await self._mark(step)

    async def person_known(self, number: int) -> None:
        """Returns once the node has this person."""
        if not self._known[number]:
            async with self._news:
                await self._news.wait_for(lambda: self._known[number])

    async def _load(self, numbers: Iterable[int], connections: int = _CONNECTIONS) -> None:
        batches = _batches(numbers, _PEOPLE_BATCH)

        async def work() -> None:
            for batch in batches:
                await self._node.transaction(self._resources(batch))
                for number in batch:
                    self._known[number] = 1
                self._progress(sum(self._known))
                async with self._news:
                    self._news.notify_all()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(work())

    def _resources(self, numbers: Iterable[int]) -> list[Resource]:
        seed = self._population.seed
        people = [self._population.person(number) for number in numbers]
        return [make(seed, person) for person in people for make in (patient, coverage)]

    async def _mark(self, quantity: int) -> None:
        await self._node.put(self._group(quantity))
        self._marked = quantity

    def _group_id(self) -> str:
        return identity.resource_id(self._population.seed, "Group", "people")

    def _group(self, quantity: int) -> Resource:
        return {
            "resourceType": "Group",
            "id": self._group_id(),
            "identifier": [identity.identifier(identity.ORGANIZATION, f"people-{_GENERATION}")],
            "active": True,
            "type": "person",
            "actual": True,
            "name": f"{NAME}服务人群 / People of {NAME_EN}",
            "quantity": quantity,
        }

    def _is_current(self, marker: Resource) -> bool:
        return bool(marker.get("identifier") == self._group(0)["identifier"])


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Shared by workers that run in turns of one event loop: each takes the next."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
