"""What can be asked of the trail, and pages of answers, newest first."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..model import Anchor, Row
from . import repository

AUDITOR = "audit_administrator"
MOST_ROWS = 200


class Connections(Protocol):
    """What reading needs of a database; ``foundation.database.Database`` is one."""

    def connection(self) -> AbstractAsyncContextManager[Any]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Criteria that an entry meets all of; None asks nothing. ``name`` is the beginning of a name, ``low`` and ``high``
    are statuses, ``before`` is the sequence of the last entry of the page before."""

    principal: str | None = None
    name: str | None = None
    patient: str | None = None
    resource: str | None = None
    action: str | None = None
    interactions: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    emergency: bool | None = None
    is_fhir: bool | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the sequence after which the next page begins; None for the last."""

    rows: list[Row]
    next_before: int | None


class TrailReader:
    """Reads the trail of the reader's institution; each method is one statement or two."""

    def __init__(self, database: Connections) -> None:
        self._database = database

    async def page(self, asked: Asked, limit: int) -> Page:
        """Up to ``limit`` entries."""
        async with self._database.connection() as connection:
            rows = await repository.page(connection, asked, limit + 1)
        more = rows[limit - 1].sequence if len(rows) > limit else None
        return Page(rows[:limit], more)

    async def entry(self, sequence: int) -> Row:
        """One entry. Raises NOT_FOUND."""
        async with self._database.connection() as connection:
            row = await repository.entry(connection, sequence)
        if row is None:
            raise XinglinError(Category.NOT_FOUND, f"there is no audit entry {sequence}", f"没有审计记录 {sequence}")
        return row

    async def chain(self) -> tuple[int, Anchor | None]:
        """The number of the newest entry, and the newest anchor."""
        async with self._database.connection() as connection:
            return await repository.chain(connection)


def only_auditors(principal: Principal) -> None:
    """Raise FORBIDDEN for everybody but audit administrators."""
    if AUDITOR not in principal.roles:
        raise XinglinError(
            Category.FORBIDDEN,
            "Only an audit administrator may read the audit trail.",
            "只有审计管理员可以查阅审计记录",
        )


def only_their_own(principal: Principal, patient: str) -> None:
    """Raise FORBIDDEN for everybody but the patient, who acts for them, and audit administrators."""
    if patient not in principal.patients:
        only_auditors(principal)
