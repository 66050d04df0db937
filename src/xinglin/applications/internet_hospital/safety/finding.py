"""How findings are made, so that each has its key and its place."""

from __future__ import annotations

from collections.abc import Iterable

from .model import Finding, Kind, Line, Severity

_ORDER = {"stop": 0, "unknown_drug": 1, "caution": 2, "unknown": 3}


def finding(
    kind: Kind,
    severity: Severity,
    lines: Iterable[Line],
    zh: str,
    en: str,
    *,
    about: str = "",
    rests_on: Iterable[str] = (),
    source: str = "",
) -> Finding:
    """A finding about ``lines``; ``about`` tells two matters of the same kind and drugs apart."""
    listed = sorted(lines, key=name_of)
    return Finding(
        key="|".join([kind, about, *dict.fromkeys(name_of(one) for one in listed)]),
        kind=kind,
        severity=severity,
        needs_reason=severity == "stop" or kind == "unknown_drug",
        drugs=tuple(dict.fromkeys(one.name for one in listed)),
        zh=zh,
        en=en,
        rests_on=tuple(sorted({*rests_on, *(one.reference for one in listed if one.reference)})),
        source=source,
    )


def name_of(line: Line) -> str:
    """What a line is called in keys: the drug's code, or its name where it is unknown."""
    return line.drug.code if line.drug else line.name


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Each key once, what stops first, then by key; what stops stays where a key occurs with both."""
    kept: dict[str, Finding] = {}
    for one in sorted(findings, key=lambda each: (_rank(each), each.key, each.rests_on)):
        first = kept.setdefault(one.key, one)
        if first is not one:
            kept[one.key] = first.model_copy(update={"rests_on": tuple(sorted({*first.rests_on, *one.rests_on}))})
    return sorted(kept.values(), key=lambda each: (_rank(each), each.key))


def _rank(one: Finding) -> int:
    return _ORDER["unknown_drug" if one.kind == "unknown_drug" else one.severity]
