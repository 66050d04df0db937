"""One's own passkeys, password and second factor."""

from __future__ import annotations

from typing import Any

import msgspec

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..changes import Changes
from ..service import Access, checked_name
from .model import Account, Passkey
from .passkey import Passkeys, Site
from .password import Passwords
from .repository import account as accounts
from .repository import credential
from .second_factor import SecondFactor


class Means(msgspec.Struct, frozen=True):
    """By what an account proves itself."""

    account: Account
    passkeys: tuple[Passkey, ...]


class Credentials:
    """Changes to what an account proves itself by: free while it is invited, and after that only for somebody who has
    just proved again who they are."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: Access,
        changes: Changes,
        passkeys: Passkeys,
        passwords: Passwords,
        factor: SecondFactor,
        node_name: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._changes = changes
        self._passkeys = passkeys
        self._passwords = passwords
        self._factor = factor
        self._node_name = node_name

    async def means(self, principal: Principal) -> Means:
        """What the account has."""
        async with self._database.connection() as connection:
            account = await _own(connection, principal)
            return Means(account, tuple(await credential.passkeys(connection, account.id)))

    async def new_passkey_options(self, principal: Principal, site: Site) -> dict[str, Any]:
        """What the browser needs to make a passkey; good for five minutes, once."""
        means = await self.means(principal)
        self._require(principal, means.account)
        return self._passkeys.new_options(means.account, list(means.passkeys), site)

    async def add_passkey(self, principal: Principal, name: str, answer: dict[str, Any], site: Site) -> None:
        """Keep a passkey under ``name``."""
        async with self._database.connection() as connection, connection.transaction():
            account = await _own(connection, principal)
            self._require(principal, account)
            await self._passkeys.register(connection, account.id, checked_name(name), answer, site)
            await self._entered(connection, principal, account)
        if account.state == "invited":
            await self._access.prove_again(principal.session_id, ("mfa", "pop", "user"))

    async def remove_passkey(self, principal: Principal, id_: bytes) -> None:
        """Raises NOT_FOUND where it is not the principal's, CONFLICT where it is the last way in."""
        async with self._database.connection() as connection, connection.transaction():
            account = await _own(connection, principal)
            self._require(principal, account)
            if not await credential.remove_passkey(connection, account.id, id_):
                raise XinglinError(Category.NOT_FOUND, "There is no such passkey.", "没有这个通行密钥")
            if not await credential.ways_in(connection, account.id):
                raise XinglinError(
                    Category.CONFLICT,
                    "This is the only way into the account; add another passkey or a password first.",
                    "这是唯一的登录方式，请先添加其他通行密钥或密码",
                )

    async def set_password(self, principal: Principal, password: str) -> None:
        """Raises INVALID for a password that is soon guessed, or where the account has no sign-in name."""
        async with self._database.connection() as connection:
            account = await _own(connection, principal)
        self._require(principal, account)
        if account.login is None:
            raise XinglinError(
                Category.INVALID,
                "This account has no sign-in name, so a password opens nothing; use a passkey or the phone.",
                "该账户没有登录名，无法使用密码，请使用通行密钥或手机验证码",
            )
        hash_ = await self._passwords.hashed(password, account.login)
        async with self._database.connection() as connection, connection.transaction():
            await credential.set_password(connection, account.id, hash_, self._clock.now())
            await self._entered(connection, principal, account)
        if account.state == "invited":
            await self._access.prove_again(principal.session_id, ("pwd",))

    async def propose_totp(self, principal: Principal) -> str:
        """The ``otpauth`` address of a new second factor, in force once ``confirm_totp`` got a code of it. Raises
        CONFLICT where there is one already."""
        async with self._database.connection() as connection:
            account = await _own(connection, principal)
            self._require(principal, account)
            name = account.login or account.name
            address = await self._factor.propose(connection, account.id, name, self._node_name)
        if address is None:
            raise XinglinError(
                Category.CONFLICT,
                "A second factor is in force; remove it before you set up another.",
                "已启用验证器，请先移除再重新设置",
            )
        return address

    async def confirm_totp(self, principal: Principal, code: str) -> list[str]:
        """Put the proposed second factor in force; its recovery codes, told this once. Raises INVALID for a wrong
        code."""
        async with self._database.connection() as connection, connection.transaction():
            account = await _own(connection, principal)
            self._require(principal, account)
            if not await self._factor.spend(connection, account.id, code.strip(), self._clock.now()):
                raise XinglinError(
                    Category.INVALID,
                    "That is not the code of this moment; check the clock of the phone and try the next one.",
                    "验证码不正确，请检查手机时间并输入下一个验证码",
                    expression="code",
                )
            return await self._factor.new_recovery_codes(connection, account.id)

    async def remove_totp(self, principal: Principal) -> None:
        """The password alone is enough from now on."""
        async with self._database.connection() as connection, connection.transaction():
            account = await _own(connection, principal)
            self._require(principal, account)
            await credential.remove_totp(connection, account.id)

    def _require(self, principal: Principal, account: Account) -> None:
        if account.state != "invited":
            self._access.require_recent(principal)

    async def _entered(self, connection: Connection, principal: Principal, account: Account) -> None:
        if account.state == "invited":
            await accounts.activate(connection, account.id)
            await self._changes.announce(connection, f"account/{principal.id}")


async def _own(connection: Connection, principal: Principal) -> Account:
    account = await accounts.get(connection, principal.id)
    if account is None or account.kind != "user":
        raise XinglinError(
            Category.CONFLICT,
            "This account is opened by links and tokens alone. Make an account of your own to use passkeys and"
            " passwords.",
            "此账户仅能通过链接或令牌使用；请创建个人账户后再设置通行密钥或密码",
        )
    return account
