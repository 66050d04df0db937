"""How the rules are changed: by whom, checked how, and never so that nobody could change them back."""

from __future__ import annotations

from collections.abc import Callable

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..changes import Changes
from ..roles import ADMINISTRATORS
from . import repository
from .law import Law
from .model import Version

_SHOWN_VERSIONS = 50
_NEEDED = {
    "security_administrator": ("access.policy", "access.review", "access.account"),
    "audit_administrator": ("audit.read",),
    "system_administrator": ("health.read",),
}
"""What each administrator must still be able to do, or a mistake could not be undone."""


class Governing:
    """Versions of the law, each kept; the newest is in force in every process from its commit on. ``prove`` raises
    where whoever amends it has not proved lately who they are."""

    def __init__(self, database: Database, clock: Clock, changes: Changes, prove: Callable[[Principal], None]) -> None:
        self._prove = prove
        self._database = database
        self._clock = clock
        self._changes = changes

    async def versions(self) -> list[Version]:
        """The newest fifty."""
        async with self._database.connection() as connection:
            return await repository.law_versions(connection, _SHOWN_VERSIONS)

    def check(self, text: str) -> Law:
        """``text`` as it would be in force. Raises as ``amend`` does."""
        law = Law(text)
        _refuse_locking_out(law)
        return law

    async def amend(self, author: Principal, text: str, note: str, rests_on: int) -> Version:
        """Put ``text`` in force. Raises INVALID for what is no law, UNPROCESSABLE for one under which administrators
        could not do their work, CONFLICT where version ``rests_on`` is not the newest any more, UNAUTHENTICATED where
        a fresh proof is wanted."""
        self._prove(author)
        self.check(text)
        one = Version(rests_on + 1, text, note, author.name, self._clock.now())
        async with self._database.transaction() as connection:
            newest = await repository.law_versions(connection, 1)
            if (newest[0].number if newest else 0) != rests_on or not await repository.add_law_version(connection, one):
                raise XinglinError(
                    Category.CONFLICT,
                    "others changed the rules meanwhile; read them again and bring your change into those",
                    "规则已被他人修改，请重新读取后再修改",
                )
            await self._changes.announce(connection, "policy")
        self._changes.tell("policy")
        return one


def _refuse_locking_out(law: Law) -> None:
    for role in sorted(ADMINISTRATORS):
        for permission in _NEEDED[role]:
            if not law.of_service(frozenset({role}), permission, "TREAT").allowed:
                raise XinglinError(
                    Category.UNPROCESSABLE,
                    f"under these rules no {role} could use {permission}, and nobody could mend that;"
                    " leave a rule that permits it",
                    f"按此规则 {role} 将无法使用 {permission}，且无人可以恢复；请保留相应许可规则",
                )
