"""What if, asked of the house as it is now."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from datetime import datetime
from typing import Protocol

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError

from ..foresight import PROBABILITIES, STEP_MINUTES, Aside
from ..watch import ENOUGH_VISITS, LEARN_EVERY, Present
from .model import Change, ChangeAsked, Comparison, ComparisonShown, Question

_REST_SECONDS = 600.0
_REFUSED = {
    "nobody_sits": (
        "nobody sees patients in this clinic now or in the next four hours; choose one that is open",
        "该门诊现在及未来四小时内无人出诊，请选择正在开诊的门诊",
    ),
    "nobody_left": (
        "at least one doctor must stay; take fewer away",
        "至少要留一位医生，请减少撤出的人数",
    ),
}


class Compares(Protocol):
    """Who compares; ``foresight.Aside`` of this package does."""

    @property
    def fresh(self) -> bool: ...

    async def ask(self, question: Question) -> Comparison: ...

    async def close(self) -> None: ...


class WhatIf:
    """Answers one question at a time; the process that computes ends when nobody has asked for ten minutes."""

    def __init__(self, present: Present, clock: Clock, aside: Compares | None = None) -> None:
        self._present = present
        self._clock = clock
        self._aside: Compares = aside or Aside[Question, Comparison](__package__, Comparison)
        self._one_at_a_time = asyncio.Lock()
        self._learnt_at: datetime | None = None
        self._resting: asyncio.Task[None] | None = None

    async def ask(self, service: str, asked: ChangeAsked) -> ComparisonShown:
        """Both futures of a clinic, from its state now. Raises UNPROCESSABLE where it is closed or nobody would be
        left, UNAVAILABLE where the process that computes fails."""
        now = self._clock.now()
        async with self._one_at_a_time:
            anew = self._aside.fresh or self._learnt_at is None or now - self._learnt_at >= LEARN_EVERY
            house = (await self._present.read(now, anew)).house
            clinic = next((one for one in house.clinics if one.service == service), None)
            if clinic is None:
                raise _refusal("nobody_sits")
            own = replace(house, clinics=(clinic,), wards=(), stays=None)
            found = await self._aside.ask(Question(own, Change(asked.doctors, asked.minutes, asked.demand_percent)))
            self._learnt_at = now if anew else self._learnt_at
            self._rest_later()
        if found.refused is not None:
            raise _refusal(found.refused)
        told = {name: value for name, value in asdict(found).items() if name not in ("refused", "visits")}
        return ComparisonShown(
            **told, service=service, at=now, change=asked, step_minutes=STEP_MINUTES,
            probabilities=list(PROBABILITIES), visits=found.visits, guess=found.visits < ENOUGH_VISITS,
        )  # fmt: skip

    async def close(self) -> None:
        """End the process that computes; the next question starts it anew."""
        if self._resting is not None:
            self._resting.cancel()
        await self._aside.close()

    def _rest_later(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.create_task(self._rest())

    async def _rest(self) -> None:
        await asyncio.sleep(_REST_SECONDS)
        async with self._one_at_a_time:
            await self._aside.close()


def _refusal(reason: str) -> XinglinError:
    return XinglinError(Category.UNPROCESSABLE, *_REFUSED[reason])
