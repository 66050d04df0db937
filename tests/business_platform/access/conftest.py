"""The services of access on a real database, with a clock that tests move."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from xinglin.business_platform.access import (
    Access,
    AccessSettings,
    Changes,
    Identity,
    Membership,
    NewAccount,
    NodeFacts,
    make_access,
    make_identity,
)
from xinglin.business_platform.access.identity.signing_in import Caller
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds

KEY = bytes(range(32))
NODE = NodeFacts("杏林示范医院", "cn.sh.demo", "Asia/Shanghai", "0", lambda: "https://node.example")
PASSWORD = "a long walk in the morning"
_numbers = itertools.count(1)


class MovableClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def monotonic_seconds(self) -> float:
        return self.instant.timestamp()


@dataclass
class Phones:
    """Who delivers codes in tests: keeps the last one of each phone."""

    codes: dict[str, str] = field(default_factory=dict)

    async def send(self, phone: str, code: str) -> None:
        self.codes[phone] = code


@dataclass
class House:
    """The services, and how tests use them in one line."""

    identity: Identity
    clock: MovableClock
    phones: Phones

    @property
    def access(self) -> Access:
        return self.identity.access

    async def console(self) -> Principal:
        return await self.principal((await self.access.make_link("console", "user")).secret)

    async def principal(self, link: str) -> Principal:
        """Who a link lets in."""
        _, issued = await self.access.sign_in(link)
        found = await self.access.principal_of(issued.secret)
        assert found is not None
        return found

    async def invited(self, *roles: str, **said: str) -> tuple[str, Principal]:
        """A new account with ``roles``, entered by its invitation: its id, and who is in."""
        login = f"person{next(_numbers)}"
        new = NewAccount(name="王芳", login=login, memberships=tuple(Membership(role) for role in roles), **said)
        account, invitation = await self.identity.accounts.create(new, await self.console())
        return account.id, await self.principal(invitation.secret)

    async def member(self, *roles: str, **said: str) -> tuple[str, str]:
        """A new account with ``roles`` that has the usual password: its id and its sign-in name."""
        account, principal = await self.invited(*roles, **said)
        await self.identity.credentials.set_password(principal, PASSWORD)
        login = (await self.identity.accounts.get(account)).login
        assert login is not None
        return account, login

    async def enter(self, login: str, code: str | None = None) -> str:
        """Sign in with the usual password; the session's secret."""
        found = await self.identity.signing_in.by_password(login, PASSWORD, code, caller())
        assert found is not None
        return found[1].secret

    async def signed_in(self, *roles: str, **said: str) -> Principal:
        """A new member, signed in."""
        _, login = await self.member(*roles, **said)
        found = await self.access.principal_of(await self.enter(login))
        assert found is not None
        return found


def caller(address: str | None = None) -> Caller:
    """Somebody at ``address``, or at one that nobody else has."""
    return Caller(address or f"2001:db8::{next(_numbers):x}", "test")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def access(database: Database, clock: MovableClock) -> Access:
    return make_access(database, clock, SystemIds(), AccessSettings())


@pytest.fixture
def house(database: Database, clock: MovableClock) -> House:
    settings, changes, phones = AccessSettings(), Changes(database), Phones()
    access = make_access(database, clock, SystemIds(), settings, changes)
    identity = make_identity(access, database, clock, SystemIds(), settings, changes, NODE, KEY, code_sender=phones)
    return House(identity, clock, phones)
