"""Playing to a node that may be away, silent or refusing, and going on after a stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from xinglin_demo.cli import census_first
from xinglin_demo.day import MemoryMismatchError, Player, begin, happenings, recall, simulation
from xinglin_demo.population import Population
from xinglin_demo.wire import FhirClient, MllpSender
from xinglin_demo.wire import mllp as mllp_sender

from .doubles import FhirNode, Listener
from .telling import BEGAN_AT, REAL_FROM

PEOPLE = 20_000


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    found = Listener()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_WARM_UP", timedelta(days=4))
    monkeypatch.setattr(mllp_sender, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(mllp_sender, "_LONGEST_PAUSE_SECONDS", 0.05)


def player(file: Path, listener: Listener, node: FhirNode, hours: float = 0.5) -> Player:
    """One that finds itself ``hours`` of hospital time after the beginning."""
    memory = recall(file, 1, PEOPLE) or begin(1, PEOPLE, BEGAN_AT, REAL_FROM, 60)
    senders = [MllpSender("127.0.0.1", listener.port) for _ in range(4)]
    booker = FhirClient("http://node/fhir", "secret", transport=node.transport())
    story = happenings(Population(1, PEOPLE), BEGAN_AT)
    return Player(memory, file, senders, booker, story, now=lambda: REAL_FROM + timedelta(hours=hours) / 60)


async def play_until(playing: Player, enough: int, seconds: float = 60) -> None:
    task = asyncio.ensure_future(playing.run())
    async with asyncio.timeout(seconds):
        while playing.score.told < enough and not task.done():
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_each_persons_story_arrives_in_order(listener: Listener, tmp_path: Path) -> None:
    await play_until(player(tmp_path / "day", listener, FhirNode()), 2000)
    last: dict[bytes, bytes] = {}
    for message in listener.received:
        person = message.split(b"PID|1||")[1].split(b"^")[0]
        control = message.split(b"|")[9]
        assert last.get(person, b"") < control
        last[person] = control
    assert len(last) > 400


async def test_an_answer_that_is_lost_leads_to_the_same_message_again(listener: Listener, tmp_path: Path) -> None:
    listener.drop_answers = 3
    await play_until(player(tmp_path / "day", listener, FhirNode()), 200)
    repeated = len(listener.received) - len(listener.by_control)
    assert repeated >= 3
    assert listener.conflicts == []


async def test_a_listener_that_goes_away_is_waited_for_and_misses_nothing(listener: Listener, tmp_path: Path) -> None:
    playing = player(tmp_path / "day", listener, FhirNode())
    task = asyncio.ensure_future(playing.run())
    while playing.score.told < 300:
        await asyncio.sleep(0.01)
    await listener.stop()
    await asyncio.sleep(0.2)
    stalled_at = playing.score.told
    await asyncio.sleep(0.3)
    assert playing.score.told <= stalled_at + 1
    await listener.start(listener.port)
    async with asyncio.timeout(30):
        while playing.score.told < stalled_at + 300:
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert listener.conflicts == []
    assert playing.score.refused == 0


async def test_a_stopped_player_goes_on_without_a_gap_or_a_second_admission(listener: Listener, tmp_path: Path) -> None:
    node = FhirNode()
    file = tmp_path / "day"
    await play_until(player(file, listener, node, hours=0.1), 700)
    memory = recall(file, 1, PEOPLE)
    assert memory is not None and 0 < memory.acknowledged <= 1400
    await play_until(player(file, listener, node, hours=0.2), 900)
    assert listener.conflicts == []
    admitted = [message for message in listener.by_control.values() if b"|ADT^A01" in message]
    visits = [message.split(b"PV1|")[1].split(b"|")[18] for message in admitted]
    assert len(visits) == len(set(visits)) > 200


async def test_a_refused_message_is_counted_and_holds_nobody_up(listener: Listener, tmp_path: Path) -> None:
    listener.refuse = 24
    playing = player(tmp_path / "day", listener, FhirNode())
    await play_until(playing, 300)
    assert playing.score.refused >= 1
    assert "AE" in playing.score.refusals[-1]


async def test_nothing_is_told_of_a_person_whom_the_node_does_not_know_yet(listener: Listener, tmp_path: Path) -> None:
    asked: set[int] = set()

    async def never(number: int) -> None:
        asked.add(number)
        await asyncio.Event().wait()

    memory = begin(1, PEOPLE, BEGAN_AT, REAL_FROM, 60)
    senders = [MllpSender("127.0.0.1", listener.port)]
    booker = FhirClient("http://node/fhir", "secret", transport=FhirNode().transport())
    story = happenings(Population(1, PEOPLE), BEGAN_AT)
    playing = Player(memory, tmp_path / "day", senders, booker, story, person_known=never, now=lambda: REAL_FROM)
    task = asyncio.ensure_future(playing.run())
    async with asyncio.timeout(30):
        while not asked:
            await asyncio.sleep(0.01)
    assert listener.received == []
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_another_seed_with_the_memory_of_this_one_is_refused(tmp_path: Path) -> None:
    from xinglin_demo.day.memory import keep

    keep(tmp_path / "day", begin(1, PEOPLE, BEGAN_AT, REAL_FROM, 60))
    assert recall(tmp_path / "day", 1, PEOPLE) is not None
    with pytest.raises(MemoryMismatchError, match="seed 1"):
        recall(tmp_path / "day", 2, PEOPLE)


def test_the_house_is_told_first_and_nothing_of_the_telling_is_lost() -> None:
    memory = begin(1, PEOPLE, BEGAN_AT, REAL_FROM, 60)
    census, story = census_first(Population(1, PEOPLE), memory)
    assert census and all(one.at < BEGAN_AT for one in census)
    again = happenings(Population(1, PEOPLE), BEGAN_AT)
    assert [next(story) for _ in range(len(census) + 50)] == [next(again) for _ in range(len(census) + 50)]
