"""The facts about a record that rules may rest on, and how the database finds each for a row.

A row tells its type, its patient and its marks (``data_platform.search.belonging``); who asks stands in settings of the
session (``session.py``). Each fact is one SQL condition, so that whatever the rules say of them is a condition too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IN_CARE: Final = "in-care"
"""Among the parties of a consent's exception: whoever has a relation of care to the patient when asked."""

_PARTIES = "(SELECT current_setting('xinglin.parties'))::text[]"
_ANY_CARE = f"""{{row}}.patient IN (SELECT c.patient FROM care_relation c
    WHERE c.party = ANY({_PARTIES}) AND c.until > now())"""  # noqa: S608 - constants only
_IN_CARE = f"""{{row}}.patient IN (SELECT c.patient FROM care_relation c
    WHERE c.party = ANY({_PARTIES}) AND c.until > now() AND %s)"""  # noqa: S608 - constants only
_MEANT = (
    "c.patient = {row}.patient AND c.decision = '%s' AND now() BETWEEN c.since AND c.until"
    " AND (c.types IS NULL OR {row}.type = ANY(c.types)) AND (c.marks = 0 OR c.marks & {row}.marks <> 0)"
    " AND (c.purposes IS NULL OR current_setting('xinglin.purpose') = ANY(c.purposes))"
)
_EXCEPTED = (
    "EXISTS (SELECT FROM consent_rule e WHERE e.source = c.source AND e.depth > c.depth AND e.decision <> c.decision"
    " AND now() BETWEEN e.since AND e.until AND (e.types IS NULL OR {row}.type = ANY(e.types))"
    " AND (e.marks = 0 OR e.marks & {row}.marks <> 0)"
    " AND (e.purposes IS NULL OR current_setting('xinglin.purpose') = ANY(e.purposes))"
    f" AND (e.parties IS NULL OR e.parties && {_PARTIES} OR '{IN_CARE}' = ANY(e.parties) AND {_ANY_CARE}))"
)

CONDITIONS: Final[Mapping[str, str]] = {
    "hasPatient": "{row}.patient <> ''",
    "emergency": "{row}.patient IN (SELECT g.patient FROM broken_glass g"
    " WHERE g.account = current_setting('xinglin.account') AND g.until > now())",
    "treating": _IN_CARE % "c.in_person",
    "permitted": f"EXISTS (SELECT FROM consent_rule c WHERE {_MEANT % 'permit'} AND c.parties && {_PARTIES}"
    f" AND NOT {_EXCEPTED})",
    "department": _IN_CARE % "NOT c.in_person",
    "own": "{row}.patient = ANY((SELECT current_setting('xinglin.patients'))::text[])",
    "sensitive": "{row}.marks & 1 <> 0",
    "guarded": "{row}.patient IN (SELECT p.patient FROM guarded_patient p)",
    "denied": f"EXISTS (SELECT FROM consent_rule c WHERE {_MEANT % 'deny'}"
    f" AND (c.parties IS NULL OR c.parties && {_PARTIES}) AND NOT {_EXCEPTED})",
}
"""By name the condition on ``{row}``, in the order in which they are asked: of 1,500 orders tried, the one that tells
the shipped rules with nearly the fewest questions."""

FACTS: Final = tuple(CONDITIONS)
OF_NOBODY: Final = frozenset({"hasPatient", "sensitive"})
"""The only facts that may differ between rows that are in nobody's record; ``hasPatient`` is false there."""
