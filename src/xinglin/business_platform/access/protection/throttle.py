"""Refuses callers who take too much, in the form of the protocol, and tells the others what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, touched_of

from .bucket import Allowance, Bucket, Buckets
from .cost import cost_of
from .model import ProtectionSettings

_ALLOWANCE = "xinglin.allowance"
_UNAUTHENTICATED = 401
_SECRETS = frozenset({b"authorization", b"cookie"})
_GUESS, _QUESTION = 10, 1
_PAGES_ARE_ELSEWHERE = ("/api", "/fhir", "/oauth")

Refuse = Callable[[Request, XinglinError], Response]


class Throttle:
    """The limits of one process. Counts are its own: a node of two web processes allows twice as much at most."""

    def __init__(self, settings: ProtectionSettings, clock: Clock) -> None:
        self._now = clock.monotonic_seconds
        self._people = Buckets(settings.person_units_a_minute, self._now)
        self._programs = Buckets(settings.program_units_a_minute, self._now)
        self._strangers = Buckets(settings.failures_a_minute, self._now)

    def limited(self, route: ASGIApp, path: str) -> ASGIApp:
        """``route``, which stands behind the guard: raises BUSY for a principal who has used up the minute."""

        async def within(scope: Scope, receive: Receive, send: Send) -> None:
            principal: Principal | None = scope.get("xinglin.principal")
            if principal is not None and scope["type"] == "http":
                self._charge(scope, principal, path)
            await route(scope, receive, send)

        return within

    def slowing_strangers(self, application: ASGIApp, refuse: Refuse) -> ASGIApp:
        """``application``; an address that failed too often to prove who it is gets 429 for whatever it fails at next,
        and without secrets it is not even asked. It also tells what is left to those who are known."""

        async def slowed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or self._strangers.is_unlimited:
                await application(scope, receive, _telling(scope, send))
                return
            bucket = self._strangers.of(scope["client"][0] if scope.get("client") else "")
            brings_secret = any(name in _SECRETS for name, _ in scope["headers"])
            if _is_asked(scope) and not brings_secret and bucket.allowance(self._now()).remaining < _GUESS:
                await self.too_often(bucket, scope, refuse)(scope, receive, send)
                return
            cost = _GUESS if brings_secret or scope["method"] == "POST" else _QUESTION
            answer = _Strange(self, bucket, cost, scope, receive, _telling(scope, send), refuse)
            await application(scope, receive, answer.send)

        return slowed

    def failed(self, bucket: Bucket, cost: int) -> bool:
        """Note that somebody at an address failed to prove who they are; whether that was once too often."""
        return not bucket.take(cost, self._now())

    def _charge(self, scope: Scope, principal: Principal, path: str) -> None:
        buckets = self._programs if principal.kind == "program" else self._people
        if buckets.is_unlimited:
            return
        bucket, now = buckets.of(principal.id), self._now()
        cost = cost_of(scope["method"], path, scope["query_string"], _declared_bytes(scope))
        is_allowed = bucket.take(cost, now)
        scope[_ALLOWANCE] = bucket.allowance(now)
        if not is_allowed:
            touched_of(scope).refused = "rate-limit"
            raise too_much(bucket.seconds_until(cost, now))

    def too_often(self, bucket: Bucket, scope: Scope, refuse: Refuse) -> Response:
        touched_of(scope).refused = "rate-limit"
        return refuse(Request(scope), too_much(bucket.seconds_until(_GUESS, self._now())))


class _Strange:
    """An answer on its way to somebody who may turn out to be nobody."""

    def __init__(
        self,
        throttle: Throttle,
        bucket: Bucket,
        cost: int,
        scope: Scope,
        receive: Receive,
        send: Send,
        refuse: Refuse,
    ) -> None:
        self._throttle = throttle
        self._bucket = bucket
        self._cost = cost
        self._scope = scope
        self._receive = receive
        self._send = send
        self._refuse = refuse
        self._is_replaced = False

    async def send(self, message: Message) -> None:
        if self._is_replaced:
            return
        is_failure = message["type"] == "http.response.start" and message["status"] == _UNAUTHENTICATED
        if is_failure and self._throttle.failed(self._bucket, self._cost):
            self._is_replaced = True
            instead = self._throttle.too_often(self._bucket, self._scope, self._refuse)
            await instead(self._scope, self._receive, self._send)
            return
        await self._send(message)


def too_much(retry_after_seconds: int) -> XinglinError:
    """What a caller is told who has to wait."""
    return XinglinError(
        Category.BUSY,
        f"Too many requests; try again in {retry_after_seconds} s.",
        f"请求过于频繁，请在 {retry_after_seconds} 秒后重试",
        retry_after_seconds=retry_after_seconds,
    )


def _telling(scope: Scope, send: Send) -> Send:
    async def telling(message: Any) -> None:
        if message["type"] == "http.response.start":
            allowance: Allowance | None = scope.get(_ALLOWANCE)
            if allowance is not None:
                message["headers"] = [*message["headers"], *allowance.headers()]
        await send(message)

    return telling


def _is_asked(scope: Scope) -> bool:
    return str(scope["path"]).startswith(_PAGES_ARE_ELSEWHERE)


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
