"""Loading the hospital into a node, once and again."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from xinglin_demo.load import Loader
from xinglin_demo.population import Population
from xinglin_demo.wire import FhirClient, RefusedError

from .doubles import FhirNode

PEOPLE = 1500


def client(node: FhirNode, token: str = "secret") -> FhirClient:
    return FhirClient("http://node/fhir", token, transport=node.transport())


async def load(node: FhirNode) -> None:
    loader = Loader(client(node), Population(1, PEOPLE))
    await loader.begin()
    await loader.rest()


async def test_everything_is_loaded_by_transactions() -> None:
    node = FhirNode()
    await load(node)
    kinds = Counter(path.split("/")[0] for path in node.resources)
    assert kinds["Patient"] == kinds["Coverage"] == PEOPLE
    assert kinds["Practitioner"] == kinds["PractitionerRole"] == 150
    assert kinds["Location"] > 600 and kinds["Organization"] == 27 and kinds["HealthcareService"] == 21
    assert node.requests < 60


async def test_a_second_loading_writes_nothing() -> None:
    node = FhirNode()
    await load(node)
    before = (node.writes, node.changes)
    requests = node.requests
    await load(node)
    assert (node.writes, node.changes) == before
    assert node.requests == requests + 1


async def test_loading_that_was_cut_off_goes_on_and_changes_nothing_that_is_there() -> None:
    node = FhirNode()
    task = asyncio.ensure_future(load(node))
    while sum(path.startswith("Patient/") for path in node.resources) < 300:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await load(node)
    marks = 2 + 2  # the marker itself: at the beginning of each run and at its end
    assert node.changes <= len(node.resources) + marks
    assert sum(path.startswith("Patient/") for path in node.resources) == PEOPLE


async def test_those_who_are_in_the_house_are_loaded_first_and_waited_for() -> None:
    node = FhirNode()
    loader = Loader(client(node), Population(1, PEOPLE))
    await loader.begin()
    await loader.people([1400, 7])
    assert sum(path.startswith("Patient/") for path in node.resources) == 2
    await asyncio.wait_for(loader.person_known(1400), 1)
    waiting = asyncio.ensure_future(loader.person_known(800))
    await asyncio.sleep(0)
    assert not waiting.done()
    await loader.rest()
    await asyncio.wait_for(waiting, 1)


async def test_a_node_that_is_away_is_waited_for() -> None:
    node = FhirNode()
    node.away = 2
    loader = Loader(client(node), Population(1, PEOPLE))
    assert await loader.begin() == 0
    assert node.requests > 3


async def test_a_node_that_refuses_is_told_with_its_reason() -> None:
    node = FhirNode()
    with pytest.raises(RefusedError, match="401 who are you"):
        await Loader(client(node, "wrong"), Population(1, PEOPLE)).begin()
