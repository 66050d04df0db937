"""The rules as Cedar reads them: validated against the schema, asked in batches, and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy
import orjson

from xinglin.foundation.errors import Category, XinglinError

from . import filter as filtering
from .category import CATEGORIES
from .facts import FACTS
from .wording import first_unreadable, with_names

_FOLDER = Path(__file__).parent / "shipped"
_TYPE = "Xinglin::"
_PLACE = "{name}（第 {line} 行）"
_WHO = {"type": f"{_TYPE}Account", "id": "who"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as people read it."""

    id: str
    forbids: bool
    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What Cedar decided, and the ids of the rules that decided it; none where no rule permits."""

    allowed: bool
    rules: tuple[str, ...]


class Law:
    """One version of the rules. Raises INVALID, with what is wrong in which rule, for a text that is no law."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha256(text.encode()).hexdigest()
        self.rules = _rules(text)
        self._policies = cedarpy.PolicySet.from_str(text)
        self._conditions: dict[tuple[frozenset[str], str, str, str], str] = {}
        self._services: dict[tuple[frozenset[str], str, str, bool], Decision] = {}

    def of_service(self, roles: frozenset[str], permission: str, purpose: str, narrowed: bool = False) -> Decision:
        """Whether somebody with ``roles`` may use the service behind ``permission`` (``<room>.<verb>``); ``narrowed``
        where it is a program that scopes limit."""
        asked = (roles, permission, purpose, narrowed)
        if asked not in self._services:
            room, _, verb = permission.partition(".")
            service = _entity("Service", permission, {"room": room, "verb": verb})
            context = {"purpose": purpose, "narrowed": narrowed}
            self._services[asked] = self._decide(roles, "use", [service], context)[0]
        return self._services[asked]

    def of_records(
        self, roles: frozenset[str], action: str, facts: Sequence[Mapping[str, Any]], purpose: str
    ) -> list[Decision]:
        """Whether somebody with ``roles`` may do ``action`` with records of these facts, for each of them."""
        return self._decide(
            roles, action, [_entity("Record", str(at), one) for at, one in enumerate(facts)], {"purpose": purpose}
        )

    async def condition(self, roles: frozenset[str], action: str, category: str, purpose: str) -> str:
        """The SQL condition on ``{row}``, of resources of ``category``, under which ``action`` is allowed."""
        asked = (roles, action, category, purpose)
        if asked not in self._conditions:
            records = [
                {"category": category, **dict(zip(FACTS, values, strict=True))} for values in filtering.combinations()
            ]
            decisions = self.of_records(roles, action, records, purpose)
            self._conditions[asked] = filtering.condition([one.allowed for one in decisions])
            await asyncio.sleep(0)  # some hundred decisions take as long as fifty reads: others come between
        return self._conditions[asked]

    async def conditions(self, roles: frozenset[str], action: str, purpose: str) -> dict[str, str]:
        """``condition`` of every category."""
        return {category: await self.condition(roles, action, category, purpose) for category in CATEGORIES}

    def _decide(
        self, roles: Iterable[str], action: str, resources: Sequence[Mapping[str, Any]], context: Mapping[str, Any]
    ) -> list[Decision]:
        who = {"uid": _WHO, "attrs": {}, "parents": [{"type": f"{_TYPE}Role", "id": role} for role in sorted(roles)]}
        entities = cedarpy.Entities.from_json_str(orjson.dumps([who, *resources]).decode())
        requests = [
            {
                "principal": _WHO,
                "action": {"type": f"{_TYPE}Action", "id": action},
                "resource": one["uid"],
                "context": dict(context),
            }
            for one in resources
        ]
        found = []
        for answer in cedarpy.is_authorized_batch(requests, self._policies, entities):
            if answer.diagnostics.errors:
                raise AssertionError(f"a validated rule failed: {answer.diagnostics.errors[0]}")
            named = tuple(self.rules[place].id for place in answer.diagnostics.reasons)
            found.append(Decision(answer.allowed, named))
        return found


@cache
def shipped() -> Law:
    """The law that a new node begins with."""
    return Law((_FOLDER / "policies.cedar").read_text("utf-8"))


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str((_FOLDER / "schema.cedarschema").read_text("utf-8"))


def _rules(text: str) -> dict[str, Rule]:
    """The rules by the names that Cedar gives them in their order. Raises INVALID."""
    try:
        checked = cedarpy.validate_policies(text, _schema())
        parsed = orjson.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        raise _unreadable(text, str(error)) from error
    if not checked.validation_passed:
        wrong = "; ".join(str(one) for one in checked.errors)
        raise _no_law(with_names(wrong, text), with_names(wrong, text, _PLACE))
    rules = {}
    for place, policy in parsed.items():
        notes = policy.get("annotations") or {}
        if not notes.get("id") or not notes.get("en") or not notes.get("zh"):
            raise _no_law(
                f"{with_names(place, text)}: every rule carries @id, @en and @zh",
                f"{with_names(place, text, _PLACE)}：每条规则须有 @id、@en 与 @zh",
            )
        rules[place] = Rule(notes["id"], policy["effect"] == "forbid", notes["en"], notes["zh"])
    if len({rule.id for rule in rules.values()}) < len(rules):
        raise _no_law("two rules have the same @id", "有两条规则的 @id 相同")
    return rules


def _unreadable(text: str, message: str) -> XinglinError:
    found = first_unreadable(text, cedarpy.policies_to_json_str)
    if found is None:
        return _no_law(message)
    statement, message = found
    named = f"“{statement.name}”" if statement.name else ""
    return _no_law(
        f"the rule {named} that begins in line {statement.line} cannot be read: {message}",
        f"第 {statement.line} 行起的规则{named}无法解析：{message}",
    )


def _no_law(english: str, chinese: str | None = None) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"these rules cannot hold: {english}. Correct them and send them again; those in force stay.",
        f"规则无法生效：{chinese or english}。请改正后重新提交，现行规则不变。",
    )


def _entity(type_: str, id_: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": f"{_TYPE}{type_}", "id": id_}, "attrs": dict(attributes), "parents": []}
