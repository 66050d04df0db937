"""The visit's live line: who is here, that something is to be read anew, and how two browsers meet for video."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from xinglin.foundation.bus import Passing
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError

from ..settings import InternetHospitalSettings
from .member import Member
from .model import IceServer, SignalsAsked

CHANGED: dict[str, Any] = {"kind": "changed"}
_SILENCE_SECONDS = 15.0
_LONGEST_SECONDS = 900.0
_WITHIN_SECONDS, _MOST_POSTS = 10.0, 60
_MOST_PACES = 2_000


class Calls:
    """Passes what two members say to each other on and keeps none of it. A line ends after 15 minutes, so that who
    opens it again is asked again who they are."""

    def __init__(self, passing: Passing, settings: InternetHospitalSettings, clock: Clock) -> None:
        self._passing = passing
        self._settings = settings
        self._clock = clock
        self._paces: dict[tuple[str, str], deque[float]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def say(self, encounter: str, what: dict[str, Any]) -> None:
        """Tell everybody on the line of this visit."""
        await self._passing.send(_topic(encounter), json.dumps(what).encode())

    async def signal(self, member: Member, asked: SignalsAsked) -> None:
        """Pass messages on to the tab ``asked.to``. Raises BUSY for more than 60 posts in 10 seconds."""
        self._keep_pace(member)
        said = {"kind": "signal", "seat": asked.seat, "to": asked.to, "side": member.side, "messages": asked.messages}
        await self.say(member.encounter, said)

    async def line(self, member: Member, seat: str) -> AsyncIterator[bytes]:
        """What is said to ``seat``, as server-sent events; others hear that it is here, every 15 seconds, and that it
        is gone."""
        yield b"retry: 1000\n: connected\n\n"
        here = {"kind": "here", "seat": seat, "side": member.side, "name": member.name}
        until = self._clock.monotonic_seconds() + _LONGEST_SECONDS
        is_over = False
        try:
            async with self._passing.listening(_topic(member.encounter)) as heard:
                await self.say(member.encounter, {**here, "is_new": True})
                while self._clock.monotonic_seconds() < until:
                    try:
                        message = await asyncio.wait_for(heard.get(), _SILENCE_SECONDS)
                    except TimeoutError:
                        await self.say(member.encounter, here)
                        yield b": still here\n\n"
                        continue
                    said = CHANGED if message is None else json.loads(message)
                    if said.get("kind") == "here" and said.get("is_new") and said.get("seat") != seat:
                        await self.say(member.encounter, here)
                    if _is_for(said, seat):
                        yield b"event: said\ndata: " + json.dumps(said).encode() + b"\n\n"
            is_over = True
        finally:
            if not is_over:
                self._leave(member.encounter, {**here, "kind": "gone"})

    def ice_servers(self, member: Member) -> list[IceServer]:
        """By what browsers find each other; a login of the relay holds for a while and names the visit alone (REST API
        for access to TURN services, draft-uberti-behave-turn-rest)."""
        settings = self._settings
        servers = [IceServer(urls=settings.stun_urls.split())] if settings.stun_urls else []
        if settings.turn_urls:
            expires = self._clock.now() + timedelta(minutes=settings.turn_minutes)
            username = f"{int(expires.timestamp())}:{member.encounter}-{member.side}"
            digest = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
            credential = base64.b64encode(digest).decode()
            servers.append(IceServer(urls=settings.turn_urls.split(), username=username, credential=credential))
        return servers

    def _keep_pace(self, member: Member) -> None:
        now = self._clock.monotonic_seconds()
        if len(self._paces) > _MOST_PACES:
            self._paces = {who: posts for who, posts in self._paces.items() if now - posts[-1] < _WITHIN_SECONDS}
        posts = self._paces.setdefault((member.encounter, member.account), deque(maxlen=_MOST_POSTS))
        if len(posts) == _MOST_POSTS and now - posts[0] < _WITHIN_SECONDS:
            raise XinglinError(Category.BUSY, "too many signals at once", "信令过于频繁，请稍候", retry_after_seconds=5)
        posts.append(now)

    def _leave(self, encounter: str, gone: dict[str, Any]) -> None:
        """Say it in a task of its own: the one that ends is being cancelled."""
        task = asyncio.get_running_loop().create_task(self.say(encounter, gone))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _topic(encounter: str) -> str:
    return f"online-visit/{encounter}"


def _is_for(said: dict[str, Any], seat: str) -> bool:
    return said.get("seat") != seat and said.get("to") in (None, seat)
