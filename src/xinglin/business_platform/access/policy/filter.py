"""What the rules decide for every combination of facts, as one SQL condition.

Rules see of a record its category and its facts alone (the schema holds them to that), so asking Cedar once for each
combination tells all that it would ever decide of any row: the condition is right by construction, not by translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from .facts import CONDITIONS, FACTS, OF_NOBODY

TRUE, FALSE = "true", "false"
Combination = tuple[bool, ...]
"""One value for each of ``FACTS``."""


def combinations() -> list[Combination]:
    """All that can occur: those with a patient, and without one those that differ by ``OF_NOBODY``."""
    names = FACTS[1:]
    without = [
        tuple(value if name in OF_NOBODY else False for name, value in zip(names, values, strict=True))
        for values in product((False, True), repeat=len(names))
    ]
    with_patient = [(True, *values) for values in product((False, True), repeat=len(names))]
    return [*((False, *values) for values in dict.fromkeys(without)), *with_patient]


def condition(allowed: Sequence[bool]) -> str:
    """The SQL condition on ``{row}`` that holds exactly where ``allowed`` says yes, which answers ``combinations``.
    Facts that make no difference do not occur in it."""
    known = dict(zip(combinations(), allowed, strict=True))
    return _split((), known)


def _split(fixed: Combination, known: dict[Combination, bool]) -> str:
    answers = {answer for combination, answer in known.items() if combination[: len(fixed)] == fixed}
    if len(answers) < 2:
        return TRUE if answers == {True} else FALSE
    fact = CONDITIONS[FACTS[len(fixed)]]
    yes, no = _split((*fixed, True), known), _split((*fixed, False), known)
    if yes == no or not any(one[: len(fixed) + 1] == (*fixed, True) for one in known):
        return no
    if (yes, no) == (TRUE, FALSE):
        return fact
    if (yes, no) == (FALSE, TRUE):
        return f"NOT ({fact})"
    if yes == TRUE:
        return f"({fact} OR {no})"
    if no == FALSE:
        return f"({fact} AND {yes})"
    if yes == FALSE:
        return f"(NOT ({fact}) AND {no})"
    if no == TRUE:
        return f"(NOT ({fact}) OR {yes})"
    return f"CASE WHEN {fact} THEN {yes} ELSE {no} END"
