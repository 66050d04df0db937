"""Links, sessions and tokens."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from . import repository
from .changes import Changes
from .model import AccessSettings, Issued, Session
from .roles import CONSOLE, PROGRAM

_REMEMBER_SECONDS = 1.0
_REMEMBER_SESSIONS = 10_000
_TOUCH = timedelta(minutes=1)
_NAME_CHARACTERS = 80


class Access:
    """Makes and checks secrets. What was found is remembered for at most a second and only while ``changes`` are
    listened to, so a revoked session is refused at once in every process."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, settings: AccessSettings, changes: Changes) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._changes = changes
        self._remembered: dict[bytes, tuple[float, Session | None]] = {}
        changes.subscribe(lambda _: self._remembered.clear())

    async def make_link(self, name: str, kind: str) -> Issued:
        """A one-time sign-in secret for a person (``user``) or a further device (``device``)."""
        name = _checked_name(name)
        secret, now = self._ids.secret(), self._clock.now()
        expires_at = now + timedelta(minutes=self._settings.link_minutes)
        async with self._database.connection() as connection:
            await repository.add_link(connection, _hash(secret), name, kind, now, expires_at)
        return Issued(secret, expires_at)

    async def make_program_token(self, name: str) -> Issued:
        """A bearer token for a program, named so that it can be recognised and revoked."""
        name = _checked_name(name)
        _, issued = await self._open(name, "program", timedelta(days=self._settings.program_token_days))
        return issued

    async def sign_in(self, link_secret: str) -> tuple[Session, Issued]:
        """Exchange a link for a session. Raises UNAUTHENTICATED when it is unknown, used or too old."""
        async with self._database.connection() as connection:
            found = await repository.use_link(connection, _hash(link_secret), self._clock.now())
        if found is None:
            raise XinglinError(
                Category.UNAUTHENTICATED,
                "This sign-in link is unknown, used or too old; print a new one with: xinglin link",
                "登录链接无效、已使用或已过期，请运行 xinglin link 获取新链接",
            )
        return await self._open(*found, timedelta(hours=self._settings.session_hours))

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        """Whose ``secret`` is; None for nobody's."""
        found = await self.session_of(secret)
        if found is None:
            return None
        roles = PROGRAM if found.kind == "program" else CONSOLE
        return Principal(found.id, found.name, found.kind, found.id, roles=roles)

    async def session_of(self, secret: str) -> Session | None:
        """Whose secret this is; None when nobody's, revoked or too old."""
        key, moment = _hash(secret), self._clock.monotonic_seconds()
        remembered = self._remembered.get(key)
        if remembered is not None and moment - remembered[0] < _REMEMBER_SECONDS:
            return remembered[1]
        now, epoch = self._clock.now(), self._changes.epoch
        async with self._database.connection() as connection:
            session = await repository.session_of(connection, key, now)
            if session is not None and now - session.seen_at > _TOUCH:
                await repository.touch(connection, session.id, now, _TOUCH)
        if self._changes.listening and self._changes.epoch == epoch:
            if len(self._remembered) >= _REMEMBER_SESSIONS:
                self._remembered.clear()
            self._remembered[key] = (moment, session)
        return session

    async def sessions(self) -> list[Session]:
        """Every open session, newest first."""
        async with self._database.connection() as connection:
            return await repository.sessions(connection, self._clock.now())

    async def revoke(self, session_id: str) -> None:
        """End a session. Raises NOT_FOUND when there is no such open one."""
        async with self._database.connection() as connection, connection.transaction():  # on a full disk, too
            ended = _is_uuid(session_id) and await repository.revoke(connection, session_id, self._clock.now())
            if ended:
                await self._changes.announce(connection, f"session/{session_id}")
        self._changes.tell(f"session/{session_id}")
        if not ended:
            raise XinglinError(Category.NOT_FOUND, "There is no such open session.", "没有这个会话")

    async def _open(self, name: str, kind: str, lasts: timedelta) -> tuple[Session, Issued]:
        secret, now = self._ids.secret(), self._clock.now()
        session = Session(self._ids.new(), name, kind, now, now, now + lasts)
        async with self._database.connection() as connection:
            await repository.add_session(connection, session, _hash(secret))
        return session, Issued(secret, session.expires_at)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_CHARACTERS or "\x00" in name:
        raise XinglinError(
            Category.INVALID,
            f"A name of 1 to {_NAME_CHARACTERS} characters is needed.",
            f"名称需为 1 至 {_NAME_CHARACTERS} 个字符",
            expression="name",
        )
    return name


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
