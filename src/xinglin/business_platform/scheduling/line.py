"""Requests for one service stand in line: those that come while some are being decided are decided together next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from xinglin.foundation.database import Session, current_session, session
from xinglin.foundation.errors import Category, XinglinError

from .model import Booking, Place, Wanted

TOGETHER = 500
_LINES_AT_ONCE = 4
_SETTLING_SECONDS = 0.08
_ALL_ALIKE = (Category.UNAVAILABLE, Category.STORAGE_FULL)

Outcome = tuple[Booking, Place | None] | XinglinError
Claim = Callable[[Sequence[Wanted]], Awaitable[None]]
Decide = Callable[[str, Sequence[Wanted]], Awaitable[list[Outcome]]]


@dataclass(slots=True)
class _Line:
    waiting: list[Wanted] = field(default_factory=list)
    answers: dict[tuple[str, str], asyncio.Future[tuple[Booking, Place | None]]] = field(default_factory=dict)
    running: asyncio.Task[None] | None = None


class Lines:
    """The lines of one process, one for each institution and service.

    A request is claimed where every process sees it and decided no sooner than ``settling_seconds`` later, together
    with whatever others claimed, in the order of coming. So requests change places only where one of them needs longer
    than that from the node's door to the line.
    """

    def __init__(self, claim: Claim, decide: Decide, settling_seconds: float = _SETTLING_SECONDS) -> None:
        """``claim`` shows requests to all processes; ``decide`` gets a service and requests and commits before it
        answers."""
        self._claim = claim
        self._decide = decide
        self._settling_seconds = settling_seconds
        self._lines: dict[tuple[Session, str], _Line] = {}
        self._turns = asyncio.Semaphore(_LINES_AT_ONCE)  # leaves connections for everybody else

    async def ask(self, wanted: Wanted) -> tuple[Booking, Place | None]:
        """What is decided about ``wanted``, after the commit. A request that is in line already (same account and key)
        keeps its place and is answered as one. Raises what was decided against it, for it alone."""
        place = _whole(), wanted.service
        line = self._lines.setdefault(place, _Line())
        name = wanted.account, wanted.key
        answer = line.answers.get(name)
        if answer is None:
            answer = line.answers[name] = asyncio.get_running_loop().create_future()
            line.waiting.append(wanted)
            if line.running is None:
                line.running = asyncio.create_task(self._serve(place, line))
        return await asyncio.shield(answer)  # one of two who wait for it may leave

    async def _serve(self, place: tuple[Session, str], line: _Line) -> None:
        try:
            with session(place[0]):
                while line.waiting:
                    batch, line.waiting = line.waiting[:TOGETHER], line.waiting[TOGETHER:]
                    try:
                        async with self._turns:
                            await self._claim(batch)
                    except Exception as error:
                        _tell(line, batch, [_spoken(error)] * len(batch))
                        continue
                    await asyncio.sleep(self._settling_seconds)
                    async with self._turns:
                        await self._answer(place[1], line, batch)
        finally:
            self._lines.pop(place, None)

    async def _answer(self, service: str, line: _Line, batch: Sequence[Wanted]) -> None:
        try:
            outcomes = await self._decide(service, batch)
        except Exception as error:
            outcomes = [] if len(batch) > 1 else [_spoken(error)]
            for one in batch if not outcomes else ():
                outcomes.append(await self._alone(service, one, error))
        _tell(line, batch, outcomes)

    async def _alone(self, service: str, one: Wanted, error: Exception) -> Outcome:
        """What failed together is decided apart, so that one bad request does not fail its neighbours; not where the
        database is away, since then all fail alike."""
        if isinstance(error, XinglinError) and error.category in _ALL_ALIKE:
            return error
        try:
            return (await self._decide(service, [one]))[0]
        except Exception as own:
            return _spoken(own)


def _tell(line: _Line, batch: Sequence[Wanted], outcomes: Sequence[Outcome]) -> None:
    for one, outcome in zip(batch, outcomes, strict=True):
        answer = line.answers.pop((one.account, one.key))
        if isinstance(outcome, XinglinError):
            answer.set_exception(outcome)
            answer.exception()  # nobody may be left to hear it
        else:
            answer.set_result(outcome)


def _spoken(error: Exception) -> XinglinError:
    if isinstance(error, XinglinError):
        return error
    fault = XinglinError(Category.FAULT, "booking failed on our side; nothing was booked", "系统内部出错，预约未成功")
    fault.__cause__ = error
    return fault


def _whole() -> Session:
    """The caller's institution, for one transaction that carries several people's requests."""
    shared = current_session().shared
    return Session(reading=shared, writing=shared, shared=shared)
