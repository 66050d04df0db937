"""The whole check: pure, the same for the same prescription and record in whatever order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .allergy import allergies
from .dose import doses
from .duplicate import duplicates
from .finding import finding, in_order
from .interaction import interactions
from .kidney import renal
from .model import Facts, Finding, Line
from .pregnancy import pregnancy

_CHECKS = (allergies, interactions, doses, duplicates, pregnancy, renal)


def check(lines: Sequence[Line], facts: Facts) -> list[Finding]:
    """What stands against ``lines``, what stops first. A drug that is unknown is a finding of its own, also one that is
    taken already; what could not be checked for want of a fact is said."""
    found = [*_unknown(lines, facts)]
    for one in _CHECKS:
        found += one(lines, facts)
    return in_order(found)


def _unknown(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    for line in lines:
        if line.drug is None:
            yield finding(
                "unknown_drug",
                "unknown",
                (line,),
                f"{line.name}：不在药品目录中，过敏、相互作用、剂量等均未核对",
                f"{line.name} is not in the catalogue: nothing about it was checked",
            )
    for taken in facts.current if lines else ():
        if taken.drug is None:
            yield finding(
                "missing",
                "unknown",
                (),
                f"在用药“{taken.name}”不在药品目录中，未核对与它的相互作用",
                f"“{taken.name}”, taken already, is not in the catalogue: interactions with it were not checked",
                about=f"taken {taken.name}",
                rests_on=(taken.reference,),
            )
