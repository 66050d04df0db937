"""Who may see a record, and why: for everybody who stands in some relation to its patient, and for each role that
stands in none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from xinglin.foundation.database import Database, Session, session
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..roles import ROLES
from . import repository
from .category import category_of
from .law import Law, Rule
from .session import session_of

Relation = Literal["none", "own", "treating", "department", "permitted", "emergency"]
_CARING = ("physician", "nurse")
_MOST_PARTIES = 60


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whether ``role`` may see it in that relation, ``party`` being the reference of who has it, or, with broken glass,
    the name of the account."""

    role: str
    relation: Relation
    party: str
    allowed: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Viewers:
    """What a resource is, whose, and who may see it."""

    category: str
    patient: str
    sensitive: bool
    guarded: bool
    viewers: list[Viewer]


async def viewers(database: Database, law: Law, asker: Principal, type_: str, id_: str) -> Viewers:
    """Who of the ``asker``'s institution may see a resource now. Raises NOT_FOUND."""
    async with _whole(database, asker, ()) as connection:
        there = await repository.belonging(connection, type_, id_)
        if there is None:
            raise XinglinError(Category.NOT_FOUND, f"{type_}/{id_} is not known here", f"此处没有 {type_}/{id_}")
        patient = there[0]
        caring = await repository.caring(connection, patient) if patient else []
        named = await repository.named_in_consents(connection, patient) if patient else []
        opened = await repository.open_glasses(connection, patient) if patient else []
        facts = await repository.facts(connection, type_, *there)
    category = category_of(type_)
    asked = {"category": category, **facts}

    def seen_by(role: str, relation: Relation, party: str, facts: dict[str, Any]) -> Viewer:
        (decision,) = law.of_records(frozenset({role}), "see", [{**asked, **facts}], asker.purpose)
        by_id = {rule.id: rule for rule in law.rules.values()}
        return Viewer(role, relation, party, decision.allowed, tuple(by_id[name] for name in decision.rules))

    nobody = dict.fromkeys(("own", "treating", "department", "permitted", "emergency"), False)
    found = [seen_by("patient", "own", f"Patient/{patient}", {**nobody, "own": True})] if patient else []
    found += [seen_by(role, "emergency", name, {**nobody, "emergency": True}) for name in opened for role in _CARING]
    for party in _parties([one.party for one in caring], named):
        async with _whole(database, asker, (party,)) as connection:
            theirs = await repository.facts(connection, type_, *there)
        theirs.update(own=False, emergency=False)
        found += [seen_by(role, _relation(theirs), party, theirs) for role in _CARING]
    found += [seen_by(role, "none", "", nobody) for role in ROLES]
    return Viewers(category, patient, facts["sensitive"], facts["guarded"], found)


def _parties(caring: Iterable[str], named: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys([*caring, *named]))[:_MOST_PARTIES]


def _relation(facts: dict[str, bool]) -> Relation:
    relations: tuple[Relation, ...] = ("treating", "department", "permitted")
    return next((name for name in relations if facts[name]), "none")


@asynccontextmanager
async def _whole(database: Database, asker: Principal, parties: Sequence[str]) -> AsyncIterator[Any]:
    """A connection that sees the whole institution, for somebody who is ``parties``."""
    whose = session_of(Principal("", "", "user", "", tenant=asker.tenant, purpose=asker.purpose), parties)
    with session(Session(reading=whose.writing, writing=whose.writing)):
        async with database.connection() as connection:
            yield connection
