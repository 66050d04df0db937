"""What one caller may see and change, as the store asks it (``data_platform.search.Sight``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from xinglin.data_platform.search import UNTOLD, Change
from xinglin.foundation.database import Session
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from . import repository
from .category import CATEGORIES, category_of, types_of
from .filter import FALSE, TRUE
from .law import Law
from .scope import Limit, limit

_ACTIONS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
Opened = Callable[[], AbstractAsyncContextManager[Any]]


class PolicySight:
    """Made for one request. ``seen`` are the conditions of the categories for reading, ``opened`` gives a connection
    that sees the whole institution and knows who asks."""

    def __init__(
        self, law: Law, principal: Principal, session: Session, seen: Mapping[str, str], opened: Opened
    ) -> None:
        self._law = law
        self._session = session
        self._principal = principal
        self._seen = seen
        self._opened = opened
        self._limit = limit(principal.scopes, "see", principal.patient)
        self._of_all = ""

    @property
    def unlimited(self) -> bool:
        """Whether all may be seen; changes may be limited still."""
        return self._limit is None and set(self._seen.values()) == {TRUE}

    def condition(self, row: str, type_: str | None = None) -> str:
        if type_ is None:
            self._of_all = self._of_all or _of_all(self._seen, self._limit)  # few requests ask, and it is dear
            return self._of_all.format(row=row)
        return _narrowed(self._seen[category_of(type_)], self._limit, type_).format(row=row)

    async def refusals(self, connection: Any, changes: Sequence[Change]) -> list[XinglinError | None]:
        by_action: dict[str, list[int]] = {}
        for place, change in enumerate(changes):
            by_action.setdefault(_action(change), []).append(place)
        found: list[XinglinError | None] = [None] * len(changes)
        for action, places in by_action.items():
            answers = await self._may(connection, action, [changes[place] for place in places])
            for place, may in zip(places, answers, strict=True):
                found[place] = None if may else self._refused(action, changes[place])
        return found

    async def hidden(self, type_: str, id_: str) -> XinglinError | None:
        """Clinicians are told that there is something that they may open in an emergency; nobody else is."""
        if not self._principal.roles & {"physician", "nurse"}:
            return None
        async with self._opened() as connection:
            there = await repository.belonging(connection, type_, id_)
        if there is None or there[0] in ("", UNTOLD):
            return None
        return XinglinError(
            Category.FORBIDDEN,
            f"{type_}/{id_} belongs to a patient who is not in your care; in an emergency break the glass"
            " (POST /api/access/emergencies) with a reason",
            f"{type_}/{id_} 所属患者不在您的照护范围内；紧急情况下请说明理由申请紧急授权",
            issue_code="suppressed",
        )

    async def _may(self, connection: Any, action: str, changes: Sequence[Change]) -> list[bool]:
        """Both what is there and what will be must be open to the action."""
        asked = [(one.type, one.patient, one.marks) for one in changes]
        asked += [
            (one.type, one.patient if one.patient_before is None else one.patient_before, one.marks_before)
            for one in changes
        ]
        types = sorted({one[0] for one in asked})
        conditions = {}
        narrowed = limit(self._principal.scopes, action, self._principal.patient)
        for type_ in types:
            of_category = await self._law.condition(
                self._principal.roles, action, category_of(type_), self._principal.purpose
            )
            conditions[type_] = _narrowed(of_category, narrowed, type_)
        if set(conditions.values()) == {TRUE}:
            return [True] * len(changes)
        whole = " OR ".join(f"(whole.type = '{type_}' AND {found})" for type_, found in conditions.items())
        columns = [list(column) for column in zip(*asked, strict=True)]
        await connection.become(self._session.writing)  # one transaction may carry several people's writes
        answers = await repository.allowed(connection, whole.format(row="whole"), *columns)
        return [after and before for after, before in zip(answers, answers[len(changes) :], strict=False)]

    def _refused(self, action: str, change: Change) -> XinglinError:
        return XinglinError(
            Category.FORBIDDEN,
            f"no rule lets you {action} this {change.type}; GET /api/access/why tells which facts it would need",
            f"没有规则允许您对该 {change.type} 执行“{action}”，可在“权限说明”页查看所需条件",
            issue_code="forbidden",
        )


def _action(change: Change) -> str:
    if change.method != "DELETE" and change.patient_before is None:
        return "create"
    return _ACTIONS["PUT" if change.method == "POST" else change.method]


def _of_all(conditions: Mapping[str, str], narrowed: Limit | None) -> str:
    """The conditions of all types as one, each written once."""
    of: dict[str, list[str]] = {}
    for category in CATEGORIES:
        for type_ in types_of(category):
            of.setdefault(_narrowed(conditions[category], narrowed, type_), []).append(type_)
    if set(of) == {TRUE}:
        return TRUE
    parts = []
    for found, types in sorted(of.items(), key=lambda one: one[0] != TRUE):
        if found != FALSE:
            parts.append(_among(types) if found == TRUE else f"({_among(types)} AND {found})")
    return " OR ".join(parts) or FALSE


def _narrowed(condition: str, narrowed: Limit | None, type_: str) -> str:
    left = TRUE if narrowed is None else narrowed.condition(type_)
    if FALSE in (condition, left):
        return FALSE
    return " AND ".join(f"({one})" for one in (condition, left) if one != TRUE) or TRUE


def _among(types: Sequence[str]) -> str:
    return f"{{row}}.type = ANY(ARRAY[{', '.join(repr(type_) for type_ in types)}])"
