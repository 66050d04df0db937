"""Which protocols fit what somebody told and what is known of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..triage import Advice, Level, Understood
from .model import Protocol, Words

Pregnancy = Literal["yes", "no", "unknown", "impossible"]
_AGES_DIFFER_YEARS = 2


@dataclass(frozen=True, slots=True)
class Person:
    """What the record tells: age, pregnancy, ICD-10 codes of present illnesses, tests (by code of the orderable) with
    the days since they were ordered or resulted."""

    age_years: int | None
    pregnancy: Pregnancy
    illnesses: frozenset[str] = frozenset()
    tested_days_ago: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A protocol that fits. ``seen`` are the facts that excluded nothing and that whoever releases wants to see."""

    protocol: Protocol
    reason: Words
    seen: tuple[Words, ...]


def asks_pregnancy(understood: Understood, advice: Advice, offered: Collection[Protocol]) -> bool:
    """Whether an answer about pregnancy could decide whether something is proposed."""
    told = any(one.id == "pregnant" for one in (*understood.present, *understood.absent))
    return not told and any(one.asks_pregnancy for one in offered if _may_wait(advice) and _fits_words(one, understood))


def proposed(understood: Understood, advice: Advice, person: Person, offered: Collection[Protocol]) -> list[Proposed]:
    """Each of ``offered`` that fits. Nothing is proposed to anybody who should be seen today or at once (levels I to
    III) or was not understood, nor where the words are about somebody else than the record; of two protocols with the
    same test the first has it."""
    if not _may_wait(advice) or understood.person is not None or not _same_age(understood, person):
        return []
    found: list[Proposed] = []
    taken: set[str] = set()
    for one in offered:
        fits = _fits_words(one, understood) and _fits_person(one, understood, person)
        if fits and taken.isdisjoint(test.code for test in one.tests):
            found.append(Proposed(one, _reason(understood), tuple(_seen(one, understood, person))))
            taken |= {test.code for test in one.tests}
    return found


def _may_wait(advice: Advice) -> bool:
    return advice.level is not None and advice.level >= Level.SOON


def _same_age(understood: Understood, person: Person) -> bool:
    told, known = understood.age_years, person.age_years
    return known is not None and (told is None or abs(told - known) <= _AGES_DIFFER_YEARS)


def _fits_words(one: Protocol, understood: Understood) -> bool:
    present = {finding.id for finding in understood.present}
    days = understood.days
    if not all(condition & present for condition in one.conditions) or one.unless & present:
        return False
    if one.days_least is not None and (days is None or days < one.days_least):
        return False
    return one.days_most is None or (days is not None and days <= one.days_most)


def _fits_person(one: Protocol, understood: Understood, person: Person) -> bool:
    if person.age_years is None or person.age_years < one.age_least:
        return False
    pregnancy = _pregnancy(understood, person)
    if one.not_pregnant and (pregnancy == "yes" or (one.asks_pregnancy and pregnancy == "unknown")):
        return False
    if one.known and not any(code.startswith(one.known) for code in person.illnesses):
        return False
    ago = [person.tested_days_ago.get(test.code) for test in one.tests]
    return not any(days is not None and days < one.again_days for days in ago)


def _pregnancy(understood: Understood, person: Person) -> Pregnancy:
    """What the record says goes before what was said, but for a "yes"."""
    if person.pregnancy == "impossible":
        return "impossible"
    if any(one.id == "pregnant" for one in understood.present):
        return "yes"
    if person.pregnancy == "unknown" and any(one.id == "pregnant" for one in understood.absent):
        return "no"
    return person.pregnancy


def _reason(understood: Understood) -> Words:
    zh = "、".join(one.chinese for one in understood.present)
    en = ", ".join(one.english for one in understood.present)
    if understood.days is None:
        return Words(zh, en)
    return Words(f"{zh}，{understood.days:g} 天", f"{en}; for {understood.days:g} days")


def _seen(one: Protocol, understood: Understood, person: Person) -> Iterator[Words]:
    if person.age_years is not None:
        yield Words(f"{person.age_years} 岁", f"{person.age_years} years old")
    if one.not_pregnant:
        told = _pregnancy(understood, person)
        yield {
            "impossible": Words("不会妊娠（性别或年龄）", "Cannot be pregnant (sex or age)"),
            "no": Words("患者答：没有怀孕", "Said not to be pregnant"),
            "unknown": Words("妊娠情况未知", "Pregnancy not known"),
            "yes": Words("妊娠", "Pregnant"),
        }[told]
    yield Words(f"{one.again_days} 天内没有做过同样的检查", f"The same was not tested within {one.again_days} days")
