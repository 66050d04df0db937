"""Accounts and their administration, under the rules that hold over several of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from xinglin.data_platform.fhir import is_id
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Connection, Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from .. import repository as sessions
from ..changes import Changes
from ..model import AccessSettings, Issued, Opening
from ..roles import ADMINISTRATORS, ROLES
from ..secret import is_uuid
from ..service import CONSOLE_METHOD, Access, checked_name
from .model import RELATIONS, Account, Membership, NewAccount, Representation
from .repository import account as repository

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
_LISTED = 200
_KEEPER = "security_administrator"


class Accounts:
    """Makes, changes and ends accounts. Every change is known in all processes when the call returns or within
    milliseconds, and ends what it takes away at once."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, settings: AccessSettings, access: Access, changes: Changes
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._access = access
        self._changes = changes

    async def create(self, new: NewAccount, by: Principal) -> tuple[Account, Issued]:
        """A new account and the invitation that lets its owner set a passkey or a password.

        Raises INVALID for what is not well formed, CONFLICT where login, phone or patient are somebody else's."""
        new = _checked(new)
        _refuse_together(new.memberships)
        id_ = self._ids.new()
        async with self._changing(id_) as connection:
            await self._add(connection, id_, new, by.id)
            invitation = await self._invite(connection, id_, new.name)
        return await self.get(id_), invitation

    async def link_without_proof(self, new: NewAccount) -> Issued:
        """For made-up people of a demonstration, by whoever holds the data folder: a one-time link into the account of
        the sign-in name of ``new``, which is made where it is not there and may do its work at once. Raises FORBIDDEN
        for administrators, whom nobody plays."""
        new = _checked(new)
        if new.login is None or ADMINISTRATORS & {each.role for each in new.memberships}:
            raise XinglinError(
                Category.FORBIDDEN,
                "An administrator, or an account without a sign-in name, is never opened without a proof.",
                "管理员账户及无登录名的账户不得免验证登录",
            )
        async with self._database.connection() as connection:
            found = await repository.by_login(connection, new.login)
        id_ = self._ids.new() if found is None else found.id
        async with self._changing(id_) as connection:
            if found is None:
                await self._add(connection, id_, new, id_)
                await repository.activate(connection, id_)
            lasts = timedelta(minutes=self._settings.link_minutes)
            return await self._access.add_link(connection, Opening(id_, new.name, "user", (CONSOLE_METHOD,)), lasts)

    async def _add(self, connection: Connection, id_: str, new: NewAccount, by: str) -> None:
        now = self._clock.now()
        if not await repository.add(connection, id_, new, "user", by, now):
            raise XinglinError(
                Category.CONFLICT,
                "Somebody already has this sign-in name or phone number; choose another, or reset that account.",
                "登录名或手机号已被占用，请更换，或重置原账户",
            )
        await repository.set_memberships(connection, id_, new.memberships)
        if new.patient is not None:
            await self._represent(connection, id_, Representation(new.patient, "self", now))

    async def get(self, account: str) -> Account:
        """Raises NOT_FOUND where there is no such account."""
        async with self._database.connection() as connection:
            return await _existing(connection, account)

    async def listed(self, query: str = "") -> list[Account]:
        """At most 200 accounts whose name, sign-in name or phone holds ``query``; newest first."""
        async with self._database.connection() as connection:
            return await repository.listed(connection, query.replace("\x00", "").strip(), _LISTED)

    async def set_memberships(self, account: str, memberships: Sequence[Membership]) -> Account:
        """Replace the roles of ``account``. Raises INVALID for an unknown role, CONFLICT where two administrators'
        roles would meet or nobody would be left to administer accounts."""
        _checked_memberships(memberships)
        _refuse_together(memberships)
        async with self._changing(account) as connection:
            await _administrable(connection, account)
            await repository.set_memberships(connection, account, memberships)
        return await self.get(account)

    async def suspend(self, account: str) -> Account:
        """Shut ``account`` out: its sessions and tokens end with it, at once."""
        async with self._changing(account) as connection:
            await _administrable(connection, account)
            await repository.set_state(connection, account, "suspended")
            await sessions.revoke_all(connection, account, None, self._clock.now())
        return await self.get(account)

    async def reinstate(self, account: str) -> Account:
        """Let a suspended account in again; what it proves itself by is as it was."""
        async with self._changing(account) as connection:
            found = await _administrable(connection, account)
            if found.state == "suspended":
                proves = found.has_password or found.passkeys or found.phone or found.kind == "program"
                await repository.set_state(connection, account, "active" if proves else "invited")
        return await self.get(account)

    async def reset(self, account: str) -> Issued:
        """Forget all by which ``account`` proves itself, end its sessions, and invite its owner anew."""
        async with self._changing(account) as connection:
            found = await _administrable(connection, account)
            if found.kind != "user" or found.state == "suspended":
                raise XinglinError(
                    Category.CONFLICT,
                    "Only the account of a person who is not suspended can be reset.",
                    "只能重置未停用的个人账户",
                )
            await repository.remove_credentials(connection, account)
            await repository.set_state(connection, account, "invited")
            await sessions.revoke_all(connection, account, None, self._clock.now())
            return await self._invite(connection, account, found.name)

    async def represent(self, account: str, patient: str, relation: str, until_days: int | None = None) -> Account:
        """Let ``account`` see and act for a patient, for ``until_days`` or without an end. Raises CONFLICT where two
        would act for each other, INVALID for an unknown relation."""
        now = self._clock.now()
        until = None if until_days is None else now + timedelta(days=until_days)
        async with self._changing(account) as connection:
            await _existing(connection, account)
            await self._represent(connection, account, Representation(patient, relation, now, until))
        return await self.get(account)

    async def end_representation(self, account: str, patient: str) -> Account:
        """From now on ``account`` no longer acts for ``patient``. Raises NOT_FOUND where it does not."""
        async with self._changing(account) as connection:
            await _existing(connection, account)
            now = self._clock.now()
            if not is_id(patient) or not await repository.end_representation(connection, account, patient, now):
                raise XinglinError(
                    Category.NOT_FOUND, "This account does not act for that patient.", "该账户没有代理此患者"
                )
        return await self.get(account)

    async def _represent(self, connection: Connection, account: str, new: Representation) -> None:
        if new.relation not in RELATIONS or not is_id(new.patient):
            words = ", ".join(sorted(RELATIONS))
            raise XinglinError(
                Category.INVALID,
                f"A representation needs the id of a Patient and one of these relations: {words}.",
                f"代理关系需要患者编号，且关系为以下之一：{words}",
                expression="relation",
            )
        if new.relation != "self" and await repository.represents(connection, new.patient, account, self._clock.now()):
            raise XinglinError(
                Category.CONFLICT,
                "That patient already acts for this person; two cannot act for each other. End the first"
                " representation, or name a third person.",
                "该患者已是此人的代理人，双方不能互为代理；请先结束原有代理，或改由第三人代理",
            )
        if not await repository.add_representation(connection, account, new):
            raise XinglinError(
                Category.CONFLICT,
                "That patient already has an account of their own, or this account acts for them already.",
                "该患者已有本人账户，或已由此账户代理",
            )

    async def _invite(self, connection: Connection, account: str, name: str) -> Issued:
        await sessions.drop_invitations(connection, account)
        lasts = timedelta(hours=self._settings.invitation_hours)
        return await self._access.add_link(connection, Opening(account, name, "invitation"), lasts)

    @asynccontextmanager
    async def _changing(self, account: str) -> AsyncIterator[Connection]:
        """One change at a time, refused where it leaves nobody who can undo it, and told to every process."""
        async with self._database.connection() as connection, connection.transaction():
            await repository.one_at_a_time(connection)
            before = await repository.active_holders(connection, _KEEPER)
            yield connection
            if before and not await repository.active_holders(connection, _KEEPER):
                raise XinglinError(
                    Category.CONFLICT,
                    "This would leave no active security administrator; give that role to another active account"
                    " first.",
                    "此更改将导致没有可用的安全管理员，请先将该角色授予另一个有效账户",
                )
            await self._changes.announce(connection, f"account/{account}")
        self._changes.tell(f"account/{account}")


async def _existing(connection: Connection, account: str) -> Account:
    found = await repository.get(connection, account) if is_uuid(account) else None
    if found is None:
        raise XinglinError(Category.NOT_FOUND, "There is no such account.", "没有这个账户")
    return found


async def _administrable(connection: Connection, account: str) -> Account:
    found = await _existing(connection, account)
    if found.kind == "console":
        raise XinglinError(
            Category.CONFLICT,
            "The console's account follows whoever holds the data folder; it cannot be changed here. It gives up each"
            " administrator's role as soon as another active account has it.",
            "控制台账户属于数据目录的持有者，不能在此更改；其他有效账户获得管理员角色后，控制台即让出该角色",
        )
    return found


def _checked(new: NewAccount) -> NewAccount:
    login = new.login.strip().lower() if new.login else None
    phone = re.sub(r"[\s-]", "", new.phone) if new.phone else None
    if login is not None and not _LOGIN.fullmatch(login):
        raise _unfit("login", "2 to 64 letters, digits, dots, @ or hyphens", "2 至 64 个字母、数字、点、@ 或连字符")
    if phone is not None and not _PHONE.fullmatch(phone):
        raise _unfit("phone", "6 to 15 digits", "6 至 15 位数字")
    if new.practitioner is not None and not is_id(new.practitioner):
        raise _unfit("practitioner", "the id of a Practitioner", "医务人员（Practitioner）编号")
    _checked_memberships(new.memberships)
    return NewAccount(checked_name(new.name), login, phone, new.practitioner, new.memberships, new.patient)


def _checked_memberships(memberships: Sequence[Membership]) -> None:
    for each in memberships:
        if each.role not in ROLES or each.role == "integration":
            raise _unfit("role", ", ".join(sorted(set(ROLES) - {"integration"})), "系统定义的角色")
        if each.unit and not is_id(each.unit):
            raise _unfit("unit", "the id of an Organization", "机构（Organization）编号")


def _refuse_together(memberships: Sequence[Membership]) -> None:
    held = sorted(ADMINISTRATORS & {each.role for each in memberships})
    if len(held) > 1:
        english, chinese = zip(*(ROLES[role] for role in held), strict=True)
        raise XinglinError(
            Category.CONFLICT,
            f"One account cannot be {' and '.join(english)}; give these roles to different people"
            " (separation of the three administrators).",
            f"同一账户不能兼任{'、'.join(chinese)}，请分别授予不同人员（三员分立）",
        )


def _unfit(field: str, english: str, chinese: str) -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{field}: expected {english}.", f"{field} 格式有误，应为{chinese}", expression=field
    )
