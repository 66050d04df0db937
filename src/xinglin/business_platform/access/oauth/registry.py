"""The programs that may ask: registered by a system administrator, ended by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from joserfc import jwk
from joserfc.errors import JoseError

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..changes import EVERYTHING, Changes
from ..scope import resource_scopes, scopes_of
from ..secret import is_uuid
from ..service import checked_name
from . import repository
from .model import BACKEND, CONFIDENTIAL, PUBLIC, Client

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})


class NewClient(msgspec.Struct, frozen=True):
    """What is said of a program when it is registered."""

    name: str
    kind: str
    scope: str
    redirect_uris: tuple[str, ...] = ()
    launch_uri: str | None = None
    jwks: dict[str, Any] | None = None


class Registry:
    """Registers and ends clients."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, changes: Changes) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._changes = changes

    async def register(self, new: NewClient, by: Principal) -> Client:
        """Raises INVALID naming what is wrong: an address that is neither HTTPS nor this machine's own, a key that is
        none or is private, a scope that is none."""
        scopes = scopes_of(new.scope)
        _check(new, scopes)
        backend, now = new.kind == BACKEND, self._clock.now()
        client = Client(
            self._ids.new(),
            checked_name(new.name),
            new.kind,
            new.redirect_uris,
            new.launch_uri,
            scopes,
            None if new.kind == PUBLIC else _checked_keys(new.jwks),
            self._ids.new() if backend else None,
            now,
        )
        async with self._database.connection() as connection, connection.transaction():
            if client.account is not None:
                await repository.add_program(connection, client.account, client.name, "integration", now, by.id)
            await repository.add_client(connection, client, by.id)
        return client

    async def listed(self) -> list[Client]:
        """Every client that was not ended, newest first."""
        async with self._database.connection() as connection:
            return await repository.clients(connection)

    async def end(self, client: str) -> None:
        """End the client and all that it was given, at once. Raises NOT_FOUND where there is none."""
        async with self._database.connection() as connection, connection.transaction():
            ended = is_uuid(client) and await repository.end_client(connection, client, self._clock.now())
            await self._changes.announce(connection, EVERYTHING)
        self._changes.tell(EVERYTHING)
        if not ended:
            raise XinglinError(Category.NOT_FOUND, "There is no such client.", "没有这个应用")


def _check(new: NewClient, scopes: Sequence[str]) -> None:
    if new.kind not in (PUBLIC, CONFIDENTIAL, BACKEND):
        raise _unfit("kind", "public, confidential or backend", "public、confidential 或 backend")
    backend = new.kind == BACKEND
    wanted = {"system"} if backend else {"patient", "user"}
    if not {each.level for each in resource_scopes(scopes)} <= wanted:
        raise _unfit(
            "scope",
            "system/… for a backend, and only for one; patient/… and user/… for programs that people use",
            "后台程序使用 system/…，供人使用的应用使用 patient/… 或 user/…",
        )
    if backend is bool(new.redirect_uris):
        raise _unfit("redirect_uris", "at least one, but for a backend", "至少一个（后台程序除外）")
    for uri in (*new.redirect_uris, *((new.launch_uri,) if new.launch_uri else ())):
        if not _safe(uri):
            raise _unfit(
                "redirect_uris",
                f"https, or http on localhost, without a fragment; {uri!r} is not",
                f"https 地址，或本机 http 地址，且不含 #：“{uri}”不符合",
            )


def _safe(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if "#" in uri or parts.username is not None or any(ord(each) <= 32 or ord(each) > 126 for each in uri):
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _checked_keys(jwks: dict[str, Any] | None) -> dict[str, Any]:
    try:
        keys = jwk.KeySet.import_key_set(jwks or {"keys": []})  # type: ignore[arg-type]
        fit = bool(keys.keys) and all(
            key.key_type in _KEY_TYPES and not key.is_private and key.kid for key in keys.keys
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        fit = False
    if not fit:
        raise _unfit(
            "jwks",
            "a JSON Web Key Set of public RSA, EC or OKP keys, each with a kid",
            "含 kid 的 RSA、EC 或 OKP 公钥的 JWK Set",
        )
    assert jwks is not None
    return jwks


def _unfit(field: str, english: str, chinese: str) -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{field}: expected {english}.", f"{field} 有误，应为{chinese}", expression=field
    )
