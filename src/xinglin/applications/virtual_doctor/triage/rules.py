"""The rules that decide how urgent it is. Data: ``rules.json``, ``sources.json``, ``departments.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds where of each group in ``conditions`` at least one fact is known."""

    id: str
    level: int
    conditions: tuple[frozenset[str], ...]
    chinese: str
    english: str
    department: str
    sources: tuple[str, ...]

    def holds(self, facts: frozenset[str]) -> bool:
        """Whether the facts fulfil every condition."""
        return all(condition & facts for condition in self.conditions)

    def lacking(self, facts: frozenset[str]) -> frozenset[str] | None:
        """The one group that no fact is of, where all others are met; None where more or none is lacking."""
        open_ = [condition for condition in self.conditions if not condition & facts]
        return open_[0] if len(open_) == 1 and len(self.conditions) > 1 else None


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, the most urgent first."""
    sources = _read("sources.json")
    listed = [
        Rule(
            each["id"],
            each["level"],
            tuple(frozenset(group.split("|")) for group in each["if"]),
            each["zh"],
            each["en"],
            each["department"],
            tuple(sources[name] for name in each["source"]),
        )
        for each in _read("rules.json")
    ]
    return tuple(sorted(listed, key=lambda rule: rule.level))


@cache
def departments() -> dict[str, tuple[str, str]]:
    """Each department's Chinese and English name, by id."""
    return {id_: (chinese, english) for id_, (chinese, english) in _read("departments.json").items()}


def _read(name: str) -> Any:
    return json.loads((Path(__file__).parent / name).read_text("utf-8"))
