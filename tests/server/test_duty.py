"""A process keeps at its duties whatever they run into, and leaves them when it is told to, whatever they say."""

from __future__ import annotations

import asyncio
import os
import signal

from xinglin.server.duty import keep_until_told


async def test_a_duty_that_fails_is_taken_up_again() -> None:
    taken_up = 0

    async def run() -> None:
        nonlocal taken_up
        taken_up += 1
        if taken_up == 3:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)
        raise RuntimeError("not today")

    async with asyncio.timeout(10):
        await keep_until_told({"failing": run})
    assert taken_up == 3


async def test_a_duty_that_turns_its_cancellation_into_an_error_is_over_all_the_same() -> None:
    begun = 0

    async def run() -> None:
        nonlocal begun
        begun += 1
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            raise TimeoutError("nats: timeout") from error

    async with asyncio.timeout(10):
        await keep_until_told({"stubborn": run})
    assert begun == 1


async def test_a_duty_that_hears_only_the_second_cancellation_is_over_all_the_same() -> None:
    async def run() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    async with asyncio.timeout(10):
        await keep_until_told({"deaf": run})
