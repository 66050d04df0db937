"""Links, sessions and tokens, and whom a secret belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from . import repository
from .changes import Changes
from .model import AccessSettings, Issued, Opening, Session
from .roles import ADMINISTRATORS, CONSOLE, PROGRAM
from .scope import scopes_of
from .secret import hash_of, is_uuid

CONSOLE_METHOD = "console"
"""How the console's links prove somebody: by reading what only the owner of the data folder reads."""

_REMEMBER_SECONDS = 1.0
_REMEMBER_SECRETS = 10_000
_TOUCH = timedelta(minutes=1)
_NAME_CHARACTERS = 80
_INVITED_SESSION = timedelta(minutes=30)

_Bearer: TypeAlias = tuple[dict[str, Any] | None, Principal | None]
"""What is stored of who brings a secret, and who that is."""


class Access:
    """Makes and checks secrets. What was found is remembered for at most a second and only while ``changes`` are
    listened to, so a revoked session is refused at once in every process."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, settings: AccessSettings, changes: Changes) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._changes = changes
        self._remembered: dict[bytes, tuple[float, _Bearer]] = {}
        changes.subscribe(lambda _: self._remembered.clear())

    async def make_link(self, name: str, kind: str, maker: Principal | None = None) -> Issued:
        """A one-time sign-in secret for the console's account (``user``), or for a further device (``device``) of the
        ``maker``, whose proof it carries on."""
        name = checked_name(name)
        async with self._database.connection() as connection:
            if maker is None:
                account, methods = await repository.console_account(connection), [CONSOLE_METHOD]
            else:
                account, methods = maker.id, sorted(maker.methods)
            lasts = timedelta(minutes=self._settings.link_minutes)
            return await self.add_link(connection, Opening(account, name, kind, tuple(methods)), lasts)

    async def add_link(self, connection: Connection, opening: Opening, lasts: timedelta) -> Issued:
        """A one-time secret that opens ``opening``, in the caller's transaction."""
        secret, now = self._ids.secret(), self._clock.now()
        await repository.add_link(connection, hash_of(secret), opening, now, now + lasts)
        return Issued(secret, now + lasts)

    async def make_program_token(self, name: str, scope: str | None = None) -> Issued:
        """A bearer token for a program, named so that it can be recognised and revoked; a ``scope`` of SMART App
        Launch 2, such as ``system/*.rs``, narrows it. Raises INVALID where that is none."""
        name, scopes = checked_name(name), None if scope is None else scopes_of(scope)
        async with self._database.connection() as connection, connection.transaction():
            account = await repository.program_account(
                connection, self._ids.new(), name, sorted(PROGRAM), self._clock.now()
            )
            opening = Opening(account, name, "program", scopes=scopes)
            _, issued = await self.open(connection, opening, timedelta(days=self._settings.program_token_days))
        return issued

    async def sign_in(self, link_secret: str, agent: str = "") -> tuple[Session, Issued]:
        """Exchange a link for a session. Raises UNAUTHENTICATED when it is unknown, used or too old."""
        async with self._database.connection() as connection, connection.transaction():
            found = await repository.use_link(connection, hash_of(link_secret), self._clock.now())
            if found is None:
                raise XinglinError(
                    Category.UNAUTHENTICATED,
                    "This sign-in link is unknown, used or too old; print a new one with: xinglin link, or ask who"
                    " invited you for another.",
                    "登录链接无效、已使用或已过期，请运行 xinglin link 获取新链接，或请邀请人重新发送",
                )
            invited = found.kind == "invitation"
            kind, lasts = ("user", _INVITED_SESSION) if invited else (found.kind, self.session_lasts)
            opening = Opening(found.account, found.name, kind, found.methods, agent)
            return await self.open(connection, opening, lasts)

    @property
    def session_lasts(self) -> timedelta:
        return timedelta(hours=self._settings.session_hours)

    async def open(self, connection: Connection, opening: Opening, lasts: timedelta) -> tuple[Session, Issued]:
        """A new session and its secret, in the caller's transaction."""
        secret, now, id_ = self._ids.secret(), self._clock.now(), self._ids.new()
        await repository.add_session(connection, id_, hash_of(secret), opening, now, now + lasts)
        session = Session(
            id_, opening.name, opening.kind, opening.account, now, now, now + lasts, opening.methods, opening.agent
        )
        return session, Issued(secret, session.expires_at)

    async def open_without_secret(self, connection: Connection, opening: Opening, lasts: timedelta) -> str:
        """A new session that is reached by OAuth tokens alone; its id."""
        now, id_ = self._clock.now(), self._ids.new()
        await repository.add_session(connection, id_, None, opening, now, now + lasts)
        return id_

    async def principal_of(self, secret: str, method: str = "", path: str = "") -> Principal | None:
        """Whose secret this is: a session's, a program's token or an OAuth access token; None when nobody's, revoked,
        too old, or its account suspended. A guest is somebody only with the ``method`` and ``path`` of the link."""
        found, principal = await self._bearer(hash_of(secret))
        if found is None or (found["kind"] == "guest" and not _invited_to(found, method, path)):
            return None
        return principal

    async def _bearer(self, key: bytes) -> _Bearer:
        moment = self._clock.monotonic_seconds()
        remembered = self._remembered.get(key)
        if remembered is not None and moment - remembered[0] < _REMEMBER_SECONDS:
            return remembered[1]
        now, epoch = self._clock.now(), self._changes.epoch
        async with self._database.connection() as connection:
            found = await repository.bearer(connection, key, now, sorted(ADMINISTRATORS))
            if found is not None and now - found["seen_at"] > _TOUCH:
                await repository.touch(connection, found["session_id"], now, _TOUCH)
        bearer = (found, None if found is None else _principal(found))
        if self._changes.listening and self._changes.epoch == epoch:
            if len(self._remembered) >= _REMEMBER_SECRETS:
                self._remembered.clear()
            self._remembered[key] = (moment, bearer)
        return bearer

    async def sessions(self, account: str | None = None) -> list[Session]:
        """The open sessions of ``account``, or everybody's where it is None; newest first."""
        async with self._database.connection() as connection:
            return await repository.sessions(connection, self._clock.now(), account)

    async def session(self, session_id: str) -> Session:
        """An open session. Raises NOT_FOUND when there is none of this id."""
        async with self._database.connection() as connection:
            found = await repository.session(connection, session_id, self._clock.now()) if is_uuid(session_id) else None
        if found is None:
            raise _no_session()
        return found

    async def prove_again(self, session_id: str, methods: Sequence[str]) -> None:
        """Note that whoever uses the session has just proved again who they are (step-up)."""
        async with self._database.connection() as connection, connection.transaction():
            await repository.prove_again(connection, session_id, sorted(methods), self._clock.now())
            await self._changes.announce(connection, f"session/{session_id}")
        self._changes.tell(f"session/{session_id}")

    async def revoke(self, session_id: str) -> None:
        """End a session. Raises NOT_FOUND when there is no such open one."""
        async with self._database.connection() as connection, connection.transaction():  # on a full disk, too
            ended = is_uuid(session_id) and await repository.revoke(connection, session_id, self._clock.now())
            if ended:
                await self._changes.announce(connection, f"session/{session_id}")
        self._changes.tell(f"session/{session_id}")
        if not ended:
            raise _no_session()

    async def revoke_all(self, account: str, but: str | None = None) -> int:
        """End all sessions of ``account`` except ``but``; how many they were."""
        async with self._database.connection() as connection, connection.transaction():
            ended = await repository.revoke_all(connection, account, but, self._clock.now())
            await self._changes.announce(connection, f"account/{account}")
        self._changes.tell(f"account/{account}")
        return ended

    def require_recent(
        self, principal: Principal, methods: frozenset[str] | None = None, minutes: int | None = None
    ) -> None:
        """For dangerous acts: raises UNAUTHENTICATED with the challenge of RFC 9470 unless ``principal`` proved itself
        within ``minutes`` (those of the settings) and, where given, by one of ``methods`` (RFC 8176)."""
        minutes = self._settings.step_up_minutes if minutes is None else minutes
        proved_at, oldest = principal.authenticated_at, self._clock.now() - timedelta(minutes=minutes)
        if proved_at is not None and proved_at >= oldest and (methods is None or principal.methods & methods):
            return
        raise XinglinError(
            Category.UNAUTHENTICATED,
            "Prove again who you are (passkey, password, or a new link by: xinglin link) before this is done.",
            "此操作需要再次验证身份（通行密钥、密码，或运行 xinglin link 获取新链接）",
            challenge=f'Bearer error="insufficient_user_authentication", max_age={minutes * 60}',
        )


def _principal(found: dict[str, Any]) -> Principal:
    roles = frozenset(found["roles"])
    if found["account_kind"] == "console":
        roles = CONSOLE - frozenset(found["taken"])
    elif found["state"] != "active":
        roles = frozenset()
    kind = {"app": "program" if found["account_kind"] == "program" else "user"}.get(found["kind"], found["kind"])
    by_session = found["account_kind"] != "user" or kind == "guest"
    return Principal(
        id=found["account"],
        name=found["session_name"] if by_session else found["name"],
        kind=kind,
        session_id=found["session_id"],
        tenant=found["tenant"],
        roles=roles,
        units=tuple(found["units"]),
        practitioner=found["practitioner"],
        patients=tuple(found["patients"]) if found["state"] == "active" else (),
        scopes=None if found["scopes"] is None else tuple(found["scopes"]),
        patient=found["patient"],
        authenticated_at=found["authenticated_at"],
        methods=frozenset(found["methods"]),
    )


def _invited_to(found: dict[str, Any], method: str, path: str) -> bool:
    return bool(path == found["path"] and method in found["http_methods"])


def checked_name(name: str) -> str:
    """``name`` without spaces around it. Raises INVALID where nothing is left, or too much."""
    name = name.strip()
    if not name or len(name) > _NAME_CHARACTERS or "\x00" in name:
        raise XinglinError(
            Category.INVALID,
            f"A name of 1 to {_NAME_CHARACTERS} characters is needed.",
            f"名称需为 1 至 {_NAME_CHARACTERS} 个字符",
            expression="name",
        )
    return name


def _no_session() -> XinglinError:
    return XinglinError(Category.NOT_FOUND, "There is no such open session.", "没有这个会话")
