"""What a search is compiled under, apart from what it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .criterion import BY_TERMINOLOGY, Condition, Criterion, criteria
from .words import unfit

Codings = Sequence[tuple[str, str]]
"""Pairs of system and code."""


class Terminology(Protocol):
    """What search needs to know of code systems and value sets. Each may raise INVALID for what it does not know."""

    async def expand(self, connection: object, value_set: str) -> Codings:
        """The members of the value set at the URL, or with the relative reference, ``value_set``."""
        ...

    async def below(self, connection: object, system: str | None, code: str) -> Codings:
        """The concept and all that it subsumes; ``system`` is None where only the code is known."""
        ...

    async def above(self, connection: object, system: str | None, code: str) -> Codings:
        """The concept and all that subsume it."""
        ...


Terms = Mapping[Criterion, Codings]
"""The codings that ``:in``, ``:not-in``, ``:above`` and ``:below`` stand for, found before compiling."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``own_base`` is this server's FHIR URL, ``now`` serves ``ap``; ``common`` are the tokens that the database knows
    to be frequent, with the part of all resources that have them."""

    own_base: str
    now: datetime
    terms: Terms = field(default_factory=dict)
    common: Mapping[int, float] = field(default_factory=dict)

    @property
    def bases(self) -> tuple[str, ...]:
        """What may stand before a reference to a resource of this server."""
        return (f"{self.own_base}/",) if self.own_base else ()


def by_terminology(condition: Condition) -> list[Criterion]:
    """The criteria in ``condition`` whose codings must be found before it is compiled."""
    return [one for one in criteria(condition) if asks_terminology(one)]


def asks_terminology(criterion: Criterion) -> bool:
    parameter = criterion.parameter
    return parameter.type == "token" and criterion.modifier in BY_TERMINOLOGY and not parameter.mime


def no_modifier(criterion: Criterion) -> Exception:
    """The refusal of a modifier that the parameter's type does not have."""
    return unfit(
        criterion.name,
        f"the modifier ':{criterion.modifier}' is not supported for '{criterion.parameter.code}'",
        f"参数“{criterion.parameter.code}”不支持修饰符“:{criterion.modifier}”",
        "not-supported",
    )
