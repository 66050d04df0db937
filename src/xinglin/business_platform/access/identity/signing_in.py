"""The ways in: passkey, password with a second factor, a code to the phone; and proving oneself again."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
import structlog

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..model import Issued, Opening, Session
from ..service import Access
from .model import Account
from .passkey import Passkeys, Site, methods
from .password import Passwords
from .phone import CodeSender, PhoneCodes
from .repository import account as accounts
from .repository import credential
from .second_factor import SecondFactor
from .slowdown import Slowdown

log = structlog.get_logger("access")


class Caller(msgspec.Struct, frozen=True):
    """Where somebody who is not known yet comes from: the address, and what the browser calls itself."""

    address: str
    agent: str


class SigningIn:
    """Opens sessions. Whoever gives a wrong name, a wrong password, or one that was right before the account was
    suspended, gets the same answer after the same work."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: Access,
        passkeys: Passkeys,
        passwords: Passwords,
        factor: SecondFactor,
        codes: PhoneCodes,
        sender: CodeSender | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access

        self._passkeys = passkeys
        self._passwords = passwords
        self._factor = factor
        self._codes = codes
        self._sender = sender
        self._slowdown = Slowdown(database, clock)
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def by_phone_possible(self) -> bool:
        """Whether anybody delivers codes."""
        return self._sender is not None

    def passkey_options(self, site: Site) -> dict[str, Any]:
        """What the browser needs to ask for a passkey; good for five minutes, once."""
        return self._passkeys.options(site)

    async def by_passkey(self, answer: dict[str, Any], site: Site, caller: Caller) -> tuple[Session, Issued]:
        """Raises UNAUTHENTICATED where the passkey is not one of an active account."""
        async with self._database.connection() as connection, connection.transaction():
            passkey = await self._passkeys.proved(connection, answer, site)
            account = await accounts.get(connection, passkey.account)
            if account is None or account.state != "active":
                raise _refused()
            return await self._open(connection, account, methods(passkey), caller)

    async def by_password(
        self, login: str, password: str, code: str | None, caller: Caller
    ) -> tuple[Session, Issued] | None:
        """None where the password is right and the account has a second factor whose ``code`` was not given.

        Raises UNAUTHENTICATED for anything wrong, BUSY with seconds to wait after too much of it."""
        await self._slowdown.begin(login, caller.address)
        async with self._database.connection() as connection:
            account = await accounts.by_login(connection, login.replace("\x00", "").strip().lower())
            proved = await self._password_and_code(connection, account, password, code)
            if proved is None:
                return None
            assert account is not None
            opened = await self._open(connection, account, proved, caller)
        await self._slowdown.succeeded(login, caller.address)
        return opened

    async def send_phone_code(self, phone: str, caller: Caller) -> None:
        """Have a code sent to ``phone`` if an account has it; the answer, and its time, are the same if none has.

        Raises UNAVAILABLE where the node has nobody who delivers codes."""
        if self._sender is None:
            raise XinglinError(
                Category.UNAVAILABLE,
                "This node sends no codes to phones; ask the registration desk for an invitation.",
                "本节点未开通短信验证码，请到登记处领取邀请链接",
            )
        phone = _plain(phone)
        await self._slowdown.begin(f"send/{phone}", caller.address)
        async with self._database.connection() as connection:
            account = await accounts.by_phone(connection, phone)
            code = await self._codes.new(connection, phone, self._clock.now())
        if account is not None and account.state != "suspended":
            task = asyncio.ensure_future(self._send(self._sender, phone, code))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def by_phone(self, phone: str, code: str, caller: Caller) -> tuple[Session, Issued]:
        """Raises UNAUTHENTICATED where ``code`` is not the one that was sent in the last five minutes, or the fifth
        try was before."""
        phone = _plain(phone)
        await self._slowdown.begin(f"code/{phone}", caller.address)
        async with self._database.connection() as connection:
            right = await self._codes.spend(connection, phone, code.strip(), self._clock.now())
            account = await accounts.by_phone(connection, phone)
            if not right or account is None or account.state == "suspended":
                raise _refused()
            await accounts.activate(connection, account.id)
            opened = await self._open(connection, account, frozenset({"sms", "otp"}), caller)
        for what in ("send", "code"):
            await self._slowdown.succeeded(f"{what}/{phone}", caller.address)
        return opened

    async def prove_by_passkey(self, principal: Principal, answer: dict[str, Any], site: Site) -> None:
        """Raises UNAUTHENTICATED where it is not a passkey of ``principal``."""
        async with self._database.connection() as connection, connection.transaction():
            passkey = await self._passkeys.proved(connection, answer, site)
        if passkey.account != principal.id:
            raise _refused()
        await self._access.prove_again(principal.session_id, tuple(methods(passkey)))

    async def prove_by_password(self, principal: Principal, password: str, code: str | None, caller: Caller) -> bool:
        """Whether that was enough; False where the second factor's ``code`` is wanted, too."""
        name = f"again/{principal.id}"
        await self._slowdown.begin(name, caller.address)
        async with self._database.connection() as connection:
            account = await accounts.get(connection, principal.id)
            proved = await self._password_and_code(connection, account, password, code)
        if proved is None:
            return False
        await self._slowdown.succeeded(name, caller.address)
        await self._access.prove_again(principal.session_id, tuple(proved))
        return True

    async def _password_and_code(
        self, connection: Connection, account: Account | None, password: str, code: str | None
    ) -> frozenset[str] | None:
        """The methods that were proved; None where a code is wanted. Raises UNAUTHENTICATED."""
        kept = None if account is None else await credential.password_hash(connection, account.id)
        right = await self._passwords.right(kept, password)
        if not right or account is None or account.state != "active":
            raise _refused()
        if not await self._factor.in_force(connection, account.id):
            return frozenset({"pwd"})
        if not code:
            return None
        now = self._clock.now()
        if await self._factor.spend(connection, account.id, code.strip(), now):
            return frozenset({"pwd", "otp", "mfa"})
        if await self._factor.spend_recovery(connection, account.id, code, now):
            log.warning("recovery code used", account=account.id)
            return frozenset({"pwd", "kba", "mfa"})
        raise _refused()

    async def _open(
        self, connection: Connection, account: Account, proved: frozenset[str], caller: Caller
    ) -> tuple[Session, Issued]:
        opening = Opening(account.id, account.name, "user", tuple(sorted(proved)), caller.agent[:200])
        return await self._access.open(connection, opening, self._access.session_lasts)

    async def _send(self, sender: CodeSender, phone: str, code: str) -> None:
        try:
            await sender.send(phone, code)
        except XinglinError as error:
            log.error("phone code not sent", reason=error.english)


def _plain(phone: str) -> str:
    """``phone`` as accounts have it; nothing where it is none."""
    digits = re.sub(r"[\s-]", "", phone)
    return digits if re.fullmatch(r"\+?[0-9]+", digits) else ""


def _refused() -> XinglinError:
    return XinglinError(
        Category.UNAUTHENTICATED,
        "That was not right: check the name, the password and the code. A security administrator can reset a lost"
        " password or second factor.",
        "登录信息有误，请检查登录名、密码和验证码；遗忘密码或丢失验证器时，请联系安全管理员重置",
    )
