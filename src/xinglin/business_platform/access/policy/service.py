"""The rules in force, and what they mean for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from xinglin.data_platform.search import Sight
from xinglin.foundation.bus import NewEvent, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Session, session
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import OWN_TENANT, Principal
from xinglin.foundation.ids import Ids

from ..roles import ROLES
from . import repository
from .category import category_of
from .filter import TRUE
from .law import Decision, Law, Rule, shipped
from .model import Care, Glass, PolicySettings
from .session import session_of
from .sight import PolicySight
from .viewers import Viewers, viewers

BREAK_GLASS_USED = "break_glass.used"
_REASON_CHARACTERS = range(6, 501)
_KEPT_UNITS = 2_000
_KEPT_CALLERS = 10_000
_MOST_GLASSES = 200


@dataclass(frozen=True, slots=True)
class Sees:
    """As whom the database is used for somebody, and what of it they see: None where that is everything."""

    session: Session
    sight: Sight | None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why somebody may or may not: the decision, its rules, and the facts it rests on."""

    decision: Decision
    rules: tuple[Rule, ...]
    facts: dict[str, bool]


class Policies:
    """Decides by the newest version of the law. ``forget`` must be called when the law, a role or a unit changes, in
    every process; relations, consents and broken glass are asked of the database with every statement."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, settings: PolicySettings) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._law: Law | None = None
        self._places: dict[tuple[int, tuple[str, ...]], list[str]] = {}
        self._sees: dict[str, tuple[Principal, Sees]] = {}

    def forget(self) -> None:
        """Ask the database anew for the law and for what belongs to units."""
        self._law = None
        self._places.clear()
        self._sees.clear()

    async def law(self) -> Law:
        """The rules in force."""
        if self._law is None:
            async with self._database.connection() as connection:
                versions = await repository.law_versions(connection, 1)
            self._law = Law(versions[0].text) if versions else shipped()
        return self._law

    async def of_service(self, principal: Principal, permission: str) -> Decision:
        """Whether ``principal`` may use what is behind ``permission``."""
        return (await self.law()).of_service(
            principal.roles, permission, principal.purpose, principal.scopes is not None
        )

    async def sees(self, principal: Principal) -> Sees:
        """What of the records ``principal`` sees and may change."""
        known = self._sees.get(principal.session_id)
        if known is not None and (known[0] is principal or known[0] == principal):
            return known[1]
        sees = await self._work_out(principal)
        if len(self._sees) >= _KEPT_CALLERS:
            self._sees.clear()
        self._sees[principal.session_id] = principal, sees
        return sees

    async def _work_out(self, principal: Principal) -> Sees:
        law = await self.law()
        seen = await law.conditions(principal.roles, "see", principal.purpose)
        whose = session_of(principal, await self._parties(principal))
        sight = PolicySight(law, principal, whose, seen, lambda: self._whole(whose))
        if not sight.unlimited or not await self._changes_all(law, principal):
            return Sees(whose, sight)
        return Sees(Session() if principal.tenant == OWN_TENANT else whose, None)

    async def _changes_all(self, law: Law, principal: Principal) -> bool:
        """Whether no rule would ever refuse ``principal`` a change."""
        if principal.scopes is not None:
            return False
        for action in ("create", "update", "delete"):
            if set((await law.conditions(principal.roles, action, principal.purpose)).values()) != {TRUE}:
                return False
        return True

    async def explain(self, principal: Principal, action: str, type_: str, id_: str) -> Explained:
        """Why ``principal`` may or may not do ``action`` with a resource. Raises NOT_FOUND."""
        whose = session_of(principal, await self._parties(principal))
        async with self._whole(whose) as connection:
            there = await repository.belonging(connection, type_, id_)
            if there is None:
                raise XinglinError(Category.NOT_FOUND, f"{type_}/{id_} is not known here", f"此处没有 {type_}/{id_}")
            facts = await repository.facts(connection, type_, *there)
        law = await self.law()
        asked = {"category": category_of(type_), **facts}
        (decision,) = law.of_records(principal.roles, action, [asked], principal.purpose)
        by_id = {rule.id: rule for rule in law.rules.values()}
        return Explained(decision, tuple(by_id[id_] for id_ in decision.rules), facts)

    async def caring(self, principal: Principal, patient: str) -> list[Care]:
        """Who cares for a patient now, which is whom ``in-care`` lets in."""
        async with self._whole(session_of(principal, ())) as connection:
            return await repository.caring(connection, patient)

    async def viewers(self, principal: Principal, type_: str, id_: str) -> Viewers:
        """Who may see a resource, and why. Raises NOT_FOUND."""
        return await viewers(self._database, await self.law(), principal, type_, id_)

    async def break_glass(self, principal: Principal, patient: str, reason: str) -> Glass:
        """Open the record of ``patient`` to ``principal`` for a short time. Raises INVALID without a reason that a
        reviewer can read, NOT_FOUND for a patient who is not known."""
        reason = " ".join(reason.split())
        if len(reason) not in _REASON_CHARACTERS:
            raise XinglinError(
                Category.INVALID,
                "say in a few words why this record must be opened now (6 to 500 characters)",
                "请用 6 至 500 字说明为何须立即查阅该记录",
                expression="reason",
            )
        now = self._clock.now()
        until = now + timedelta(minutes=self._settings.emergency_minutes)
        glass = Glass(self._ids.new(), principal.id, principal.name, patient, reason, now, until)
        whose = session_of(principal, ())
        async with self._whole(whose) as connection:
            if await repository.belonging(connection, "Patient", patient) is None:
                raise XinglinError(
                    Category.NOT_FOUND, f"Patient/{patient} is not known here", f"此处没有患者 {patient}"
                )
        with session(whose):
            async with self._database.transaction() as connection:
                await repository.break_glass(connection, glass)
                await append(connection, [_broken(glass)])
        return glass

    async def glasses(self, principal: Principal, *, own: bool, unreviewed: bool) -> list[Glass]:
        """Broken ones of the caller's institution, newest first."""
        async with self._whole(session_of(principal, ())) as connection:
            return await repository.glasses(connection, principal.id if own else None, unreviewed, _MOST_GLASSES)

    async def mend_glass(self, principal: Principal, id_: str) -> None:
        """End an open one of the caller's own. Raises NOT_FOUND."""
        with session(session_of(principal, ())):
            async with self._database.transaction() as connection:
                if not await repository.mend_glass(connection, _uuid(id_), principal.id, self._clock.now()):
                    raise _no_glass()

    async def review_glass(self, principal: Principal, id_: str, verdict: str, remark: str) -> None:
        """Note the review of one. Raises NOT_FOUND where there is none that the caller may review: nobody reviews
        their own, and none is reviewed twice."""
        with session(session_of(principal, ())):
            async with self._database.transaction() as connection:
                now = self._clock.now()
                found = await repository.review_glass(connection, _uuid(id_), principal.id, verdict, remark, now)
                if found is None:
                    raise _no_glass()

    async def _parties(self, principal: Principal) -> list[str]:
        """Who ``principal`` is in relations of care: themselves, their units, and the places that belong to these."""
        own = [f"Practitioner/{principal.practitioner}"] if principal.practitioner else []
        if not principal.units:
            return own
        units = tuple(unit if "/" in unit else f"Organization/{unit}" for unit in principal.units)
        asked = (principal.tenant, units)
        if asked not in self._places:
            if len(self._places) >= _KEPT_UNITS:
                self._places.clear()
            async with self._whole(session_of(principal, ())) as connection:
                self._places[asked] = await repository.places_within(connection, units)
        return [*own, *units, *self._places[asked]]

    @asynccontextmanager
    async def _whole(self, whose: Session) -> AsyncIterator[Any]:
        """A connection that sees the whole institution of whoever asks, and knows who that is."""
        with session(Session(reading=whose.writing, writing=whose.writing)):
            async with self._database.connection() as connection:
                yield connection


def _broken(glass: Glass) -> NewEvent:
    """What tells the security office at once: who, whose, why, until when."""
    return NewEvent(
        id=glass.id,
        room="access",
        name=BREAK_GLASS_USED,
        key=f"Patient/{glass.patient}",
        occurred_at=glass.began_at,
        body={"account": glass.account, "name": glass.account_name, "reason": glass.reason, "id": glass.id},
        purpose="emergency",
    )


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise _no_glass() from None


def _no_glass() -> XinglinError:
    return XinglinError(
        Category.NOT_FOUND, "there is no such emergency access for you to change", "没有可由您处理的该紧急授权记录"
    )


def check_roles(roles: frozenset[str]) -> None:
    """Raise INVALID for a role that no rule can speak of."""
    unknown = sorted(roles - set(ROLES))
    if unknown:
        raise XinglinError(Category.INVALID, f"'{unknown[0][:64]}' is no role", f"没有“{unknown[0][:64]}”这一角色")
