"""A rule as an answer shows it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from ..law import Rule


class RuleShown(BaseModel):
    id: str
    forbids: bool
    english: str
    chinese: str


def shown(rules: Iterable[Rule]) -> list[RuleShown]:
    """The rules, for people."""
    return [RuleShown(id=one.id, forbids=one.forbids, english=one.english, chinese=one.chinese) for one in rules]
