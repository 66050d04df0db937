"""The next question: what, if the answer were yes, would make it more urgent. Data: ``screens.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from .lexicon import finding_names
from .rules import rules
from .understanding import Understood

MOST_QUESTIONS = 8
_ONLY_OF_CHILDREN = frozenset({"dark_crying"})
_NO_RULE = 6
_AT_ONCE = 2
_DANGERS = (
    *("chest_pain", "breathless", "one_sided_weakness", "speech_trouble"),
    *("heavy_bleeding", "severe_pain", "fever", "suicidal"),
)
"""Asked for, one by one, where the words were not understood."""


class Question(BaseModel):
    """Asks for one finding; answered with yes, no or not sure."""

    finding: str
    chinese: str
    english: str


def next_question(understood: Understood, answered: frozenset[str]) -> Question | None:
    """The next danger to ask for: first those that belong to the complaint, then what would complete a graver rule;
    where nothing was understood, the eight dangers that are asked of everybody.

    Only a finding whose "yes" would raise the urgency is asked for; None where there is no such, where help is
    needed at once already, or after eight questions. What was said, denied or ``answered`` before is not asked again.
    """
    facts = understood.facts()
    level = level_of(facts)
    if len(answered) >= MOST_QUESTIONS or level <= _AT_ONCE:
        return None
    known = answered | facts | {finding.id for finding in understood.absent}
    if "child_under_5" not in facts:
        known |= _ONLY_OF_CHILDREN
    listed = (*_screens(understood), *_completing(facts, level)) if level < _NO_RULE else _DANGERS
    for finding in listed:
        if finding not in known and level_of(facts | {finding}) < level:
            chinese, english = finding_names()[finding]
            return Question(finding=finding, chinese=f"有没有“{chinese}”？", english=f"Any of this: {english}?")
    return None


def level_of(facts: frozenset[str]) -> int:
    """The number of the most urgent rule's level; 6 where none holds."""
    return next((rule.level for rule in rules() if rule.holds(facts)), _NO_RULE)


def _screens(understood: Understood) -> Iterator[str]:
    listed = [screens().get(finding.id, []) for finding in understood.present]
    for place in range(max(map(len, listed), default=0)):
        yield from (screen[place] for screen in listed if place < len(screen))


def _completing(facts: frozenset[str], level: int) -> Iterator[str]:
    for rule in rules():
        lacking = rule.lacking(facts) if rule.level < level else None
        yield from sorted((lacking or frozenset()) & finding_names().keys())


@cache
def screens() -> dict[str, list[str]]:
    """For each complaint the dangers to ask for, the gravest first."""
    listed: dict[str, list[str]] = json.loads((Path(__file__).parent / "screens.json").read_text("utf-8"))
    return listed
