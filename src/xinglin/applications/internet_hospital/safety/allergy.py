"""Allergies: to the substance itself, to its class, and to a class that is related."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .finding import finding
from .model import Allergy, Facts, Finding, Line

_SOURCE = "AllergyIntolerance; NMPA label; BNF"


@dataclass(frozen=True, slots=True)
class _Class:
    group: str
    zh: str
    en: str
    words: tuple[str, ...]
    snomed: frozenset[str]
    related: tuple[str, ...]


@cache
def classes() -> tuple[_Class, ...]:
    """The classes by which people are allergic to drugs."""
    rows = json.loads((Path(__file__).parent / "allergens.json").read_text("utf-8"))
    return tuple(
        _Class(row["group"], row["zh"], row["en"], tuple(row["words"]), frozenset(row["snomed"]), tuple(row["related"]))
        for row in rows
    )


def allergies(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """What ``lines`` contain that the patient does not bear."""
    if facts.allergies is None:
        if lines:
            yield finding(
                "missing",
                "unknown",
                (),
                "病历中没有过敏史记录：请询问过敏史",
                "Nobody has recorded allergies: ask",
                about="allergies",
            )
        return
    for allergy in facts.allergies:
        yield from _of(allergy, lines)


def _of(allergy: Allergy, lines: Sequence[Line]) -> Iterator[Finding]:
    meant = [one for one in classes() if _means(one, allergy)]
    for line in lines:
        if line.drug is None:
            continue
        english = line.drug.name_en or line.name
        if _names(allergy, line):
            yield _found(
                line, allergy, "stop", f"患者对“{allergy.text}”过敏", f"The patient is allergic to {allergy.text}"
            )
            continue
        for one in meant:
            if one.group in line.drug.groups:
                yield _found(
                    line,
                    allergy,
                    "stop",
                    f"患者对“{allergy.text}”过敏，{line.name}同属{one.zh}",
                    f"The patient is allergic to {allergy.text}; {english} is one of the {one.en} too",
                )
            elif set(one.related) & set(line.drug.groups):
                yield _found(
                    line,
                    allergy,
                    "caution",
                    f"患者对“{allergy.text}”过敏，{line.name}与{one.zh}可能交叉过敏",
                    f"The patient is allergic to {allergy.text}; {english} may cross-react with {one.en}",
                )
    if not meant and allergy.is_drug and lines:
        yield finding(
            "missing",
            "unknown",
            (),
            f"过敏史“{allergy.text}”无法对应到药品目录，请自行核对",
            f"The allergy “{allergy.text}” is not known to the checker: compare by yourself",
            about=f"allergy {allergy.text}",
            rests_on=(allergy.reference,),
        )


def _found(line: Line, allergy: Allergy, severity: str, zh: str, en: str) -> Finding:
    return finding(
        "allergy",
        "stop" if severity == "stop" else "caution",
        (line,),
        zh,
        en,
        about=allergy.text,
        rests_on=(allergy.reference,),
        source=_SOURCE,
    )


def _means(one: _Class, allergy: Allergy) -> bool:
    text = allergy.text.lower()
    return bool(one.snomed & allergy.codes) or any(word in text for word in one.words)


def _names(allergy: Allergy, line: Line) -> bool:
    """Whether what is written names the drug itself: its ingredient, its code, or two signs or more of its name."""
    assert line.drug is not None
    text = allergy.text.lower().strip()
    if {line.drug.code, line.drug.atc} & allergy.codes:
        return True
    if any(one.replace("-", " ") in text.replace("-", " ") for one in line.drug.ingredients):
        return True
    bare = text.removesuffix("过敏").removesuffix("片").removesuffix("胶囊").strip()
    return len(bare) >= 2 and not bare.isascii() and bare in line.drug.name_zh
