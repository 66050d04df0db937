"""The search parameters that the node's own SearchParameter resources define, as this process knows them.

The store keeps them and tells each process what holds now (``use``). Whatever is worked out from
parameters is kept only while the same ones are in use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_Asked = ParamSpec("_Asked")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Definitions:
    """What is in use. ``own`` are definitions as ``read_definition`` gives them, ``unfinished`` those of them, by
    resource type and code, by which older resources are not indexed yet. A ``revision`` never returns."""

    revision: int = 0
    own: Sequence[Mapping[str, Any]] = ()
    unfinished: frozenset[tuple[str, str]] = frozenset()
    kept: dict[Any, Any] = field(default_factory=dict, compare=False)


_now: Definitions = Definitions()


def in_use() -> Definitions:
    return _now


def use(definitions: Definitions) -> None:
    """From now on in this process, ``definitions`` hold, and no others but R4's."""
    global _now
    _now = definitions


def while_in_use(make: Callable[_Asked, _Made]) -> Callable[_Asked, _Made]:
    """As ``functools.cache`` for what depends on the definitions in use."""

    @wraps(make)
    def kept(*asked: _Asked.args, **named: _Asked.kwargs) -> _Made:
        known, key = _now.kept, (make, asked)
        found = known.get(key)
        if found is None:
            found = known[key] = make(*asked, **named)
        return found

    return kept
