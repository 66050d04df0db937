"""The facts about a record that rules may rest on, and how the database finds each for a row.

A row tells its type, its patient and its marks (``data_platform.search.belonging``); who asks stands in settings of the
session (``session.py``). Each fact is one SQL condition, so that whatever the rules say of them is a condition too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IN_CARE: Final = "in-care"
"""Among the parties of a consent's exception: whoever has a relation of care to the patient when asked."""


_ASKED = "current_setting('xinglin.account') || ' ' || {row}.patient"
_PATIENT, _RECORD = "{row}.patient", "{row}.type, {row}.patient, {row}.marks"


def _often(fact: str) -> str:
    """What the function of ``fact`` told of this caller and patient in this transaction, or what it tells now."""
    return (
        f"CASE current_setting('xinglin.{fact}', true) WHEN {_ASKED} || '+' THEN true WHEN {_ASKED} || '-' THEN false"
        f" ELSE fact_{fact}({_PATIENT}) END"
    )


def _seldom(fact: str, arguments: str) -> str:
    """As ``_often``, looking only for a no: less to prepare for each statement."""
    return f"(current_setting('xinglin.{fact}', true) IS DISTINCT FROM {_ASKED} || '-' AND fact_{fact}({arguments}))"


CONDITIONS: Final[Mapping[str, str]] = {
    "hasPatient": "{row}.patient <> ''",
    "emergency": _seldom("emergency", _PATIENT),
    "treating": _often("treating"),
    "permitted": _seldom("permitted", _RECORD),
    "department": _often("department"),
    "own": "{row}.patient = ANY(current_setting('xinglin.patients')::text[])",
    "sensitive": "{row}.marks & 1 <> 0",
    "guarded": _seldom("guarded", _PATIENT),
    "denied": _seldom("denied", _RECORD),
}
"""By name the condition on ``{row}``, in the order in which they are asked: of 1,500 orders tried, nearly the one by
which the shipped rules take the least text, which every statement prepares, and the fewest look-ups. The functions are
those of ``migrations/policy_0002_facts``."""

FACTS: Final = tuple(CONDITIONS)
OF_NOBODY: Final = frozenset({"hasPatient", "sensitive"})
"""The only facts that may differ between rows that are in nobody's record; ``hasPatient`` is false there."""
