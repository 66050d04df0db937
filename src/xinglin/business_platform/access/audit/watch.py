"""The layer around the whole application by which no access goes unnoted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import Touched

from .entry import ROUTE, entry_of
from .trail import Trail

_UNNOTED = "xinglin.unnoted"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ACCEPTED = 101


def named(route: ASGIApp, path: str) -> ASGIApp:
    """``route``, whose requests are noted under the template ``path``."""

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = path
        await route(scope, receive, send)

    return known


def unnoted(route: ASGIApp) -> ASGIApp:
    """``route``, which tells everybody the same: reading it is not noted. What changes something by it is."""

    async def open_to_all(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") in _SAFE_METHODS:
            scope[_UNNOTED] = True
        await route(scope, receive, send)

    return open_to_all


class Watch:
    """Notes every request but those of ``unnoted`` routes, also those that no route took, that were refused or that
    failed. The answer begins when its entry is on disk; where the entry cannot be written, ``refuse`` speaks instead.

    Of an answer that is long in coming, such as a stream, the opening is noted, and once more at its end what it
    touched after that.
    """

    def __init__(
        self, application: ASGIApp, trail: Trail, clock: Clock, refuse: Callable[[Request, XinglinError], Response]
    ) -> None:
        self._application = application
        self._trail = trail
        self._clock = clock
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        answer = _Answer(self, scope, receive, send)
        self._trail.began()
        try:
            await self._application(scope, receive, answer.send)
        finally:
            answer.leave()
        await answer.end()

    def leave(self) -> None:
        """A request that began is not waited for any longer."""
        self._trail.left()

    async def note(self, scope: Scope, status: int, continues: bool = False) -> None:
        """Raises what ``Trail.record`` raises."""
        await self._trail.record(entry_of(scope, status, self._clock.now(), continues))

    async def speak_instead(self, scope: Scope, receive: Receive, send: Send, error: XinglinError) -> None:
        """Answer that the access cannot be noted."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
            return
        await self._refuse(Request(scope), error)(scope, receive, send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, watch: Watch, scope: Scope, receive: Receive, send: Send) -> None:
        self._watch = watch
        self._scope = scope
        self._receive = receive
        self._send = send
        self._noted_many = -1
        self._status = 0
        self._withheld = False
        self._under_way = True

    async def send(self, message: Message) -> None:
        if self._withheld:
            return
        status = _status_in(message)
        if status and self._noted_many < 0 and _UNNOTED not in self._scope:
            self._noted_many, self._status = self._many(), status
            try:
                await self._watch.note(self._scope, status)
            except XinglinError as error:
                self._withheld = True
                await self._watch.speak_instead(self._scope, self._receive, self._send, error)
                return
            finally:
                self.leave()
        await self._send(message)

    def leave(self) -> None:
        """Say once that this request is noted, or will not be."""
        if self._under_way:
            self._under_way = False
            self._watch.leave()

    async def end(self) -> None:
        """Note what was touched since the answer began."""
        if 0 <= self._noted_many < self._many() and not self._withheld:
            with suppress(XinglinError):  # the trail has said so; what was answered cannot be taken back
                await self._watch.note(self._scope, self._status, continues=True)

    def _many(self) -> int:
        touched: Touched | None = self._scope.get("xinglin.touched")
        return touched.many if touched else 0


def _status_in(message: Any) -> int:
    """The status that ``message`` begins an answer with; 0 where it begins none."""
    kind = message["type"]
    if kind == "http.response.start":
        return int(message["status"])
    if kind == "websocket.accept":
        return _ACCEPTED
    if kind == "websocket.close":
        return 403
    return 0
