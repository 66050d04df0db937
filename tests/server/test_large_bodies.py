"""Large bodies take turns: together they never weigh more than the budget, and small ones do not wait for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xinglin.foundation.errors import Category, XinglinError
from xinglin.server.large_bodies import LargeBodies

MIB = 2**20


class Sender:
    """A request whose body comes in pieces of half a MiB."""

    def __init__(self, mebibytes: float, *, tells_its_size: bool = True) -> None:
        self.left_bytes = int(mebibytes * MIB)
        size = str(self.left_bytes).encode()
        self.scope = {"type": "http", "headers": [(b"content-length", size)] if tells_its_size else []}

    async def receive(self) -> Any:
        piece = min(self.left_bytes, MIB // 2)
        self.left_bytes -= piece
        return {"type": "http.request", "body": b"x" * piece, "more_body": self.left_bytes > 0}


async def read(bodies: LargeBodies, sender: Sender, then: asyncio.Event | None = None) -> None:
    async with bodies.weighed(sender.scope, sender.receive) as receive:
        while (await receive())["more_body"]:
            pass
        if then is not None:
            await then.wait()


@pytest.mark.parametrize("tells_its_size", [True, False])
async def test_a_large_body_waits_until_another_is_done_and_a_small_one_does_not(tells_its_size: bool) -> None:
    bodies, done = LargeBodies(10 * MIB), asyncio.Event()
    first = asyncio.create_task(read(bodies, Sender(8), done))
    await asyncio.sleep(0)
    waiting = Sender(8, tells_its_size=tells_its_size)
    second = asyncio.create_task(read(bodies, waiting))
    await asyncio.wait_for(read(bodies, Sender(1)), 1)
    await asyncio.sleep(0.05)
    assert not second.done()
    assert waiting.left_bytes >= 6 * MIB  # no more of it is held than what shows that it is large
    done.set()
    await asyncio.wait_for(asyncio.gather(first, second), 1)


async def test_whoever_waits_too_long_is_told_to_come_again() -> None:
    bodies, done = LargeBodies(10 * MIB, patience_seconds=0.05), asyncio.Event()
    first = asyncio.create_task(read(bodies, Sender(8), done))
    await asyncio.sleep(0)
    with pytest.raises(XinglinError) as refused:
        await read(bodies, Sender(8))
    assert refused.value.category is Category.UNAVAILABLE
    assert refused.value.retry_after_seconds and "请稍后" in refused.value.chinese
    done.set()
    await first


async def test_a_body_larger_than_the_budget_has_it_to_itself() -> None:
    bodies = LargeBodies(4 * MIB)
    await asyncio.wait_for(asyncio.gather(*(read(bodies, Sender(20)) for _ in range(3))), 1)


async def test_whoever_leaves_gives_back_what_it_held() -> None:
    bodies = LargeBodies(10 * MIB)
    for _ in range(5):
        leaving = asyncio.create_task(read(bodies, Sender(8), asyncio.Event()))
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.wait([leaving])
    await asyncio.wait_for(read(bodies, Sender(8)), 1)
