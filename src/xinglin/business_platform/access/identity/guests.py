"""Links for guests: signed, for one path and some methods, once, and soon over."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

import msgspec

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..model import Issued, Opening, Session
from ..secret import Seal, hash_of
from ..service import Access, checked_name
from .repository import attempt

PREFIX = "guest."
_ABOUT = "guest"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT"})
_PLACES = ("/fhir/", "/api/")
_CLOSED = ("/api/access", "/api/session", "/api/sign-in", "/api/oauth")
_LONGEST_MINUTES = 24 * 60


class _Invitation(msgspec.Struct, frozen=True):
    name: str
    account: str
    session: str
    path: str
    http_methods: tuple[str, ...]
    expires_at: datetime


class Guests:
    """Lets somebody without an account do one thing in the name of who invited them, no longer than that session."""

    def __init__(self, database: Database, clock: Clock, access: Access, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._seal = seal

    def invite(self, by: Principal, name: str, path: str, http_methods: list[str], minutes: int) -> Issued:
        """A secret that lets ``name`` in for ``minutes`` (at most a day), to ``path`` alone. Raises INVALID for a path
        that is not under /fhir or /api, or that administers access."""
        open_path = path.startswith(_PLACES) and not path.startswith(_CLOSED) and ".." not in path and "//" not in path
        if not open_path or not http_methods or not _METHODS.issuperset(http_methods):
            raise XinglinError(
                Category.INVALID,
                "A guest link names one path under /fhir/ or /api/ and some of GET, HEAD, POST and PUT.",
                "访客链接须指定 /fhir/ 或 /api/ 下的一个路径，以及 GET、HEAD、POST、PUT 中的方法",
                expression="path",
            )
        if not 1 <= minutes <= _LONGEST_MINUTES:
            raise XinglinError(
                Category.INVALID, "A guest link lasts 1 to 1440 minutes.", "访客链接有效期为 1 至 1440 分钟"
            )
        expires_at = self._clock.now() + timedelta(minutes=minutes)
        invitation = _Invitation(checked_name(name), by.id, by.session_id, path, tuple(http_methods), expires_at)
        sealed = self._seal.close(msgspec.json.encode(invitation), _ABOUT)
        return Issued(PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("="), expires_at)

    async def enter(self, secret: str, agent: str) -> tuple[Session, Issued]:
        """Raises UNAUTHENTICATED where the link is not this node's, was used, or is too old."""
        now = self._clock.now()
        try:
            text = secret.removeprefix(PREFIX)
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            found = msgspec.json.decode(self._seal.open(sealed, _ABOUT), type=_Invitation)
        except (binascii.Error, ValueError, XinglinError) as error:
            raise _unfit() from error
        async with self._database.connection() as connection, connection.transaction():
            if found.expires_at <= now or not await attempt.spend(connection, hash_of(text), found.expires_at, now):
                raise _unfit()
            opening = Opening(
                found.account,
                found.name,
                "guest",
                agent=agent,
                parent=found.session,
                path=found.path,
                http_methods=found.http_methods,
            )
            return await self._access.open(connection, opening, found.expires_at - now)


def _unfit() -> XinglinError:
    return XinglinError(
        Category.UNAUTHENTICATED,
        "This guest link is unknown, used or too old; ask who invited you for another.",
        "访客链接无效、已使用或已过期，请联系邀请人",
    )
