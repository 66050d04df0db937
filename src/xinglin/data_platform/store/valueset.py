"""Value sets and code systems as they are kept in this store, for searches by ``:in``, ``:above`` and their like.

A terminology room that knows more may take its place (``search.Terminology``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .. import search
from ..fhir import parse
from ..search import Circumstances, Codings
from . import repository

MAX_CODES = 10_000
_MAX_SYSTEMS = 200  # looked through for a code whose system is not told
_MAX_DEPTH = 8
_RELATIVE = re.compile(r"(?:.*/)?ValueSet/([A-Za-z0-9\-.]{1,64})")
_IMPLICIT = re.compile(r"(?P<system>.+)\?fhir_vs(?:=isa/(?P<top>.+))?")


class StoredTerminology:
    """Fulfils ``search.Terminology`` from the ValueSets and CodeSystems of the store.

    Understands listed concepts, whole code systems, ``is-a``, ``descendent-of`` and ``generalizes`` over a code
    system's hierarchy, other value sets, exclusions and ready expansions; refuses other filters.
    """

    async def expand(self, connection: Any, value_set: str) -> Codings:
        """The members of a value set. Raises INVALID for one that is not here, or of more than 10,000 codes."""
        return _bounded(value_set, await self._members(connection, value_set, 0))

    async def below(self, connection: Any, system: str | None, code: str) -> Codings:
        """The concept and all that it subsumes."""
        found = [(tree.url, one) for tree in await self._trees(connection, system, code) for one in tree.below(code)]
        return _bounded(code, found)

    async def above(self, connection: Any, system: str | None, code: str) -> Codings:
        """The concept and all that subsume it."""
        found = [(tree.url, one) for tree in await self._trees(connection, system, code) for one in tree.above(code)]
        return _bounded(code, found)

    async def _trees(self, connection: Any, system: str | None, code: str) -> list[_Tree]:
        if system:
            return [await self._tree(connection, system)]
        found = await _current(connection, "CodeSystem", [], _MAX_SYSTEMS + 1)
        if len(found) > _MAX_SYSTEMS:
            raise _refused("write system|code: there are too many code systems", "请写作 体系|代码", "too-costly")
        trees = [tree for tree in map(_Tree, found) if code in tree.codes]
        if not trees:
            raise _refused(f"no code system here has '{code[:64]}'", f"没有代码体系含“{code[:64]}”")
        return trees

    async def _tree(self, connection: Any, system: str) -> _Tree:
        found = await _current(connection, "CodeSystem", [("url", system)], 1)
        if not found:
            raise _refused(f"the code system {system[:200]} is not here", f"没有代码体系 {system[:200]}")
        return _Tree(found[0])

    async def _members(self, connection: Any, url: str, depth: int) -> list[tuple[str, str]]:
        if depth > _MAX_DEPTH:
            raise _refused("value sets include one another too deeply", "值集相互引用过深", "too-costly")
        if match := _IMPLICIT.fullmatch(url):
            tree = await self._tree(connection, match["system"])
            return [(tree.url, code) for code in (tree.below(match["top"]) if match["top"] else tree.codes)]
        found = await _current(connection, "ValueSet", [("url", url)], 1)
        if not found and (match := _RELATIVE.fullmatch(url)):
            found = await _current(connection, "ValueSet", [("_id", match[1])], 1)
        if not found:
            systems = await _whole_systems(connection, url)
            if systems:
                return [(systems.url, code) for code in systems.codes]
            raise _refused(f"the value set {url[:200]} is not here", f"没有值集 {url[:200]}")
        (value_set,) = found
        if "contains" in value_set.get("expansion", {}):
            return list(_contained(value_set["expansion"]["contains"]))
        return await self._composed(connection, value_set.get("compose", {}), depth)

    async def _composed(self, connection: Any, compose: Mapping[str, Any], depth: int) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for include in compose.get("include", ()):
            found.update(dict.fromkeys(await self._included(connection, include, depth)))
        for exclude in compose.get("exclude", ()):
            for one in await self._included(connection, exclude, depth):
                found.pop(one, None)
        return list(found)

    async def _included(self, connection: Any, include: Mapping[str, Any], depth: int) -> list[tuple[str, str]]:
        """Codes that meet everything that ``include`` says."""
        sets: list[list[tuple[str, str]]] = []
        for url in include.get("valueSet", ()):
            sets.append(await self._members(connection, url, depth + 1))
        system = include.get("system")
        if system and "concept" in include:
            sets.append([(system, concept["code"]) for concept in include["concept"]])
        elif system:
            tree = await self._tree(connection, system)
            codes = [_filtered(tree, one) for one in include.get("filter", ())] or [list(tree.codes)]
            sets += [[(system, code) for code in each] for each in codes]
        if not sets:
            return []
        others = [set(one) for one in sets[1:]]
        return [one for one in sets[0] if all(one in other for other in others)]


class _Tree:
    """The concepts of a code system and which is which one's parent."""

    def __init__(self, code_system: Mapping[str, Any]) -> None:
        self.url = str(code_system.get("url", ""))
        self.codes: dict[str, None] = {}
        self._parents: dict[str, set[str]] = {}
        self._children: dict[str, set[str]] = {}
        is_a = code_system.get("hierarchyMeaning", "is-a") == "is-a"
        waiting = [(concept, None) for concept in reversed(code_system.get("concept", ()))]
        while waiting:
            concept, parent = waiting.pop()
            code = concept["code"]
            self.codes[code] = None
            if parent is not None and is_a:
                self._link(parent, code)
            for one in concept.get("property", ()):
                if one.get("code") in ("parent", "subsumedBy") and "valueCode" in one:
                    self._link(one["valueCode"], code)
            waiting += [(inner, code) for inner in reversed(concept.get("concept", ()))]

    def below(self, code: str) -> list[str]:
        """``code`` and all that it subsumes; nothing for a code that is not here."""
        return self._reach(code, self._children)

    def above(self, code: str) -> list[str]:
        return self._reach(code, self._parents)

    def _link(self, parent: str, child: str) -> None:
        self._parents.setdefault(child, set()).add(parent)
        self._children.setdefault(parent, set()).add(child)

    def _reach(self, code: str, links: Mapping[str, set[str]]) -> list[str]:
        found = {code: None} if code in self.codes else {}
        waiting = list(found)
        while waiting:
            for one in links.get(waiting.pop(), ()):
                if one not in found:
                    found[one] = None
                    waiting.append(one)
        return list(found)


def _filtered(tree: _Tree, condition: Mapping[str, Any]) -> list[str]:
    about, operator, value = condition["property"], condition["op"], condition["value"]
    if about in ("concept", "code"):
        if operator == "is-a":
            return tree.below(value)
        if operator == "descendent-of":
            return [code for code in tree.below(value) if code != value]
        if operator == "generalizes":
            return tree.above(value)
        if operator == "is-not-a":
            below = set(tree.below(value))
            return [code for code in tree.codes if code not in below]
        if operator in ("=", "in"):
            wanted = {part.strip() for part in value.split(",")}
            return [code for code in tree.codes if code in wanted]
    shown = f"{about} {operator}"[:100]
    raise _refused(f"the filter '{shown}' is not understood here", f"不支持过滤条件“{shown}”", "not-supported")


def _contained(contains: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    waiting = list(contains)
    while waiting:
        one = waiting.pop()
        if "code" in one and not one.get("abstract"):
            yield one.get("system", ""), one["code"]
        waiting += one.get("contains", ())


async def _whole_systems(connection: Any, url: str) -> _Tree | None:
    """The code system that names ``url`` as the value set of all its codes."""
    found = await _current(connection, "CodeSystem", [("content-mode", "complete")], _MAX_SYSTEMS)
    return next((_Tree(one) for one in found if one.get("valueSet") == url), None)


async def _current(connection: Any, type_: str, asked: Sequence[tuple[str, str]], count: int) -> list[dict[str, Any]]:
    escaped = [(name, re.sub(r"([\\,$])", r"\\\1", value)) for name, value in asked]
    request = search.read(type_, escaped)
    request.count = count
    statements = search.page(request, Circumstances("", datetime.now(UTC)))
    return [parse(row["content"]) for row in await repository.page(connection, statements, count)]


def _bounded(name: str, found: list[tuple[str, str]]) -> Codings:
    if len(found) > MAX_CODES:
        raise _refused(f"'{name[:200]}' holds more than {MAX_CODES} codes", f"代码超过 {MAX_CODES} 个", "too-costly")
    return found


def _refused(english: str, chinese: str, code: str = "not-found") -> Exception:
    return search.unfit("in", english, chinese, code)
