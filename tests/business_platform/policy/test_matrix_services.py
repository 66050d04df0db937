"""Every route of the application against every role, and every rule of the law by what its loss would change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from expectation import expected
from hospitals import SITUATIONS, people
from specimens import can_be_in_a_record
from test_matrix import TYPES
from test_two_walls import _facts_of
from web_process import Process

from xinglin.business_platform.access.audit.model import Entry
from xinglin.business_platform.access.policy import Law, shipped
from xinglin.business_platform.access.policy.category import CATEGORIES, category_of
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.module import PUBLIC

_REFUSED = b"no rule lets your role use"
_LIVE = "/api/live"
_UNENDING = (_LIVE, "/api/notices/live")


def services() -> Mapping[str, frozenset[str]]:
    """The roles that may use each permission."""
    lines = (Path(__file__).parent / "services.txt").read_text("utf-8").splitlines()
    found = {}
    for permission, *roles in (line.split() for line in lines if line and not line.startswith("#")):
        named = {"everybody": frozenset(people()), "people": frozenset(people()) - {"integration"}}
        found[permission] = named.get(roles[0], frozenset(roles))
    return found


def routes(hospitals: Process) -> Iterator[tuple[str, str, str]]:
    """Method, path and permission of every route."""
    for module in hospitals.node.modules:
        for route in module.routes:
            for method in route.methods:
                yield method, route.path, route.permission
        for operation in getattr(module.api, "routes", ()):
            for method in operation.methods:
                yield method, operation.path, operation.openapi_extra["x-permission"]
    yield "GET", _LIVE, "node.live"


async def test_a_route_whose_permission_is_not_in_the_table_fails_the_build(hospitals: Process) -> None:
    named = {permission for _, _, permission in routes(hospitals)} - {PUBLIC}
    assert named == set(services()), "bring services.txt and the routes together"


async def test_matrix_of_routes(hospitals: Process, role: str) -> None:
    """Each route answers as the table says, and each refusal is in the audit trail before its answer is given."""
    ask, cells, refused = hospitals.caller(people()[role]), 0, 0
    noted = await refusals_noted(hospitals, people()[role].id)
    for method, path, permission in routes(hospitals):
        if permission == PUBLIC or method in ("HEAD", "OPTIONS"):
            continue
        may = role in services()[permission]
        if may and path in _UNENDING:
            continue  # they never end; that they open is tried elsewhere
        answer = await ask(method, re.sub(r"\{[a-z_]+\}", "none", path), {})
        assert (_REFUSED in answer.body and answer.status == 403) is not may, (role, method, path, answer.body[:200])
        assert answer.status < 500, (role, method, path, answer.body[:200])
        refused += answer.status == 403
        cells += 1
        if answer.status == 403 and refused % 10 == 1:
            assert await refusals_noted(hospitals, people()[role].id) == noted + refused, (role, method, path)
    assert await refusals_noted(hospitals, people()[role].id) == noted + refused
    print(f"{role}: {cells} cells, {refused} refusals noted")


async def refusals_noted(hospitals: Process, account: str) -> int:
    """How many refusals of ``account`` wait for the chain, which no test here links."""
    async with hospitals.node.database.connection() as connection:
        groups = await connection.fetch("SELECT entries FROM audit_intake")
    entries = [entry for group in groups for entry in msgspec.json.decode(group["entries"], type=list[Entry])]
    return sum(entry.principal == account and entry.status == 403 for entry in entries)


async def test_matrix_of_strangers(hospitals: Process) -> None:
    """Nobody who is not signed in gets further than the door."""
    ask, cells = type(hospitals.caller(people()["patient"]))(hospitals.application, "stranger"), 0
    for method, path, permission in routes(hospitals):
        if permission == PUBLIC or method in ("HEAD", "OPTIONS"):
            continue
        answer = await ask(method, re.sub(r"\{[a-z_]+\}", "none", path), {})
        assert answer.status == 401, (method, path, answer.status)
        cells += 1
    print(f"strangers: {cells} cells")


def decisions(law: Law) -> dict[Any, bool]:
    """What a law decides in every situation for every role."""
    found: dict[Any, bool] = {}
    for role, who in people().items():
        for situation in SITUATIONS:
            if situation != "far":
                asked = [{"category": category, **_facts_of(role, situation)} for category in CATEGORIES]
                answers = law.of_records(who.roles, "see", asked, "TREAT")
                for category, answer in zip(CATEGORIES, answers, strict=True):
                    found[role, situation, category] = answer.allowed
        for permission in services():
            found[role, permission] = law.of_service(who.roles, permission, "TREAT").allowed
    return found


def table() -> dict[Any, bool]:
    """The same, as people wrote it."""
    found: dict[Any, bool] = {}
    in_records = {category_of(type_) for type_ in TYPES if can_be_in_a_record(type_)}
    for role in people():
        for situation in SITUATIONS:
            for category in CATEGORIES if situation != "far" else ():
                if situation == "nobody" or category in in_records:
                    found[role, situation, category] = category in expected()[role, situation]
        for permission, roles in services().items():
            found[role, permission] = role in roles
    return found


def test_the_law_decides_what_the_tables_say() -> None:
    decided = decisions(shipped())
    assert {key: decided[key] for key in table()} == table()


@pytest.mark.parametrize("rule", [rule.id for rule in shipped().rules.values() if not rule.id.endswith("writes")])
def test_taking_any_rule_away_turns_a_table_red(rule: str) -> None:
    rest = re.sub(rf'@id\("{rule}"\).*?;\n', "", shipped().text, flags=re.DOTALL)
    assert len(Law(rest).rules) == len(shipped().rules) - 1
    if rule == "own-report":
        return  # it opens writing alone: test_matrix_of_writes
    decided = decisions(Law(rest))
    assert {key: decided[key] for key in table()} != table(), f"nothing changes without '{rule}'"


@pytest.mark.parametrize(
    "text",
    [
        "permit (principal, action, resource)",
        "permit (principal, action, resource);",
        '@id("a")@en("a")@zh("a") permit (principal, action, resource is Xinglin::Record) when { resource.age > 3 };',
        '@id("a")@en("a")@zh("a") permit (principal in Xinglin::Rôle::"x", action, resource);',
        "" + '@id("a")@en("a")@zh("a") permit (principal, action, resource is Xinglin::Record);' * 2,
    ],
)
def test_rules_that_do_not_validate_are_refused_with_what_is_wrong(text: str) -> None:
    with pytest.raises(XinglinError) as refusal:
        Law(text)
    assert refusal.value.category.name == "INVALID"
    assert "those in force stay" in refusal.value.english
