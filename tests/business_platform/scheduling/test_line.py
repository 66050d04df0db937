"""Standing in line for a decision: what goes wrong for one, or for all, is told to whom it concerns, and nobody hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from xinglin.business_platform.scheduling import Wanted
from xinglin.business_platform.scheduling.line import Lines, Outcome
from xinglin.foundation.errors import Category, XinglinError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REFUSED = XinglinError(Category.CONFLICT, "refused", "已拒绝")


def wanted(name: str) -> Wanted:
    return Wanted("clinic", name, name, "1", NOW, slot="s")


async def nothing(_: Sequence[Wanted]) -> None:
    return None


async def outcomes(lines: Lines, *names: str) -> list[object]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*(lines.ask(wanted(name)) for name in names), return_exceptions=True)


async def test_one_bad_request_does_not_fail_those_beside_it() -> None:
    batches: list[int] = []

    async def decide(_: str, batch: Sequence[Wanted]) -> list[Outcome]:
        batches.append(len(batch))
        if any(one.patient == "bad" for one in batch):
            raise ValueError("a defect")
        return [REFUSED] * len(batch)

    found = await outcomes(Lines(nothing, decide, 0.0), "a", "bad", "c")
    assert [one.category for one in found if isinstance(one, XinglinError)] == [
        Category.CONFLICT,
        Category.FAULT,
        Category.CONFLICT,
    ]
    assert batches == [3, 1, 1, 1]


@pytest.mark.parametrize("where", ["claim", "decide"])
async def test_where_the_database_is_away_everybody_is_told_at_once_and_the_line_goes_on(where: str) -> None:
    away = [XinglinError(Category.UNAVAILABLE, "away", "暂不可用")]
    asked = {"claim": 0, "decide": 0}

    def fail(here: str) -> None:
        asked[here] += 1
        if here == where and away:
            raise away.pop()

    async def claim(_: Sequence[Wanted]) -> None:
        fail("claim")

    async def decide(_: str, batch: Sequence[Wanted]) -> list[Outcome]:
        fail("decide")
        return [REFUSED] * len(batch)

    lines = Lines(claim, decide, 0.0)
    found = await outcomes(lines, "a", "b", "c")
    assert [one.category for one in found if isinstance(one, XinglinError)] == [Category.UNAVAILABLE] * 3
    (later,) = await outcomes(lines, "a")
    assert isinstance(later, XinglinError) and later.category is Category.CONFLICT


async def test_one_who_leaves_does_not_take_the_answer_from_who_asked_the_same() -> None:
    decided = asyncio.Event()

    async def decide(_: str, batch: Sequence[Wanted]) -> list[Outcome]:
        await decided.wait()
        return [REFUSED] * len(batch)

    lines = Lines(nothing, decide, 0.0)
    gone, stays = (asyncio.create_task(lines.ask(wanted("a"))) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    decided.set()
    with pytest.raises(XinglinError):
        await asyncio.wait_for(stays, 5)
