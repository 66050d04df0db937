"""Whole transactions tried again when another came between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from xinglin.foundation.errors import Category, XinglinError

_TRIES = 4
_PAUSE_SECONDS = 0.02
_T = TypeVar("_T")


async def retrying(attempt: Callable[[], Awaitable[_T]]) -> _T:
    """``attempt``, which is one transaction, until no other transaction came between; four times at most."""
    for tries in range(1, _TRIES):
        try:
            return await attempt()
        except XinglinError as error:
            if error.category is not Category.CONFLICT or error.retry_after_seconds is None:
                raise
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS * tries))  # noqa: S311 - spreads writers apart
    return await attempt()
