"""The protocols as data (``protocols.json``), refused as a whole where one of them cannot be relied on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xinglin.data_platform.terminology import Orderable, orderables
from xinglin.foundation.errors import Category, XinglinError

from ..triage import finding_names

_NEEDED = frozenset({"id", "version", "zh", "en", "if", "tests", "unless", "minutes_before", "again_days", "source"})
_FURTHER = frozenset(
    {"days_least", "days_most", "age_least", "known", "not_pregnant", "asks_pregnancy", "asked_of_doctor"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """Proposes ``tests`` where of each group in ``conditions`` one finding is there, for as long as ``days_least`` and
    ``days_most`` allow, to people of ``age_least`` years and more; a finding in ``unless`` excludes.

    ``known`` are beginnings of ICD-10 codes one of which the record must have; the same test within ``again_days`` is
    not done again; results are there ``minutes_before`` the consultation when it is done by then.
    ``asked_of_doctor`` is what excludes, too, and no record tells: whoever releases looks at it.
    """

    id: str
    version: str
    name: Words
    conditions: tuple[frozenset[str], ...]
    days_least: float | None
    days_most: float | None
    age_least: int
    known: tuple[str, ...]
    unless: frozenset[str]
    not_pregnant: bool
    asks_pregnancy: bool
    tests: tuple[Orderable, ...]
    minutes_before: int
    again_days: int
    asked_of_doctor: tuple[Words, ...]
    sources: tuple[str, ...]


@cache
def protocols() -> dict[str, Protocol]:
    """The shipped protocols by id."""
    rows = json.loads((Path(__file__).parent / "protocols.json").read_text("utf-8"))
    return {one.id: one for one in read_protocols(rows)}


def read_protocols(rows: Collection[Mapping[str, Any]]) -> list[Protocol]:
    """Protocols from their rows. Raises INVALID naming the first that has no source or no test, names a finding or a
    test that does not exist, or says something that nobody would read."""
    found = [_protocol(row) for row in rows]
    if len({one.id for one in found}) < len(found):
        raise _refused("?", "two protocols have one id", "两个方案编号相同")
    return found


def _protocol(row: Mapping[str, Any]) -> Protocol:
    id_ = str(row.get("id") or "?")
    if lacking := sorted(_NEEDED - row.keys()):
        raise _refused(id_, f"lacks {', '.join(lacking)}", f"缺少 {'、'.join(lacking)}")
    if odd := sorted(row.keys() - _NEEDED - _FURTHER):
        raise _refused(id_, f"has {', '.join(odd)}, which nothing reads", f"含有无法识别的 {'、'.join(odd)}")
    if not row["source"] or not all(str(one).strip() for one in row["source"]):
        raise _refused(id_, "names no source", "没有注明依据")
    conditions = tuple(frozenset(group.split("|")) for group in row["if"])
    spoken = frozenset().union(*conditions, row["unless"])
    unknown = sorted(spoken - finding_names().keys())
    if not conditions or unknown:
        raise _refused(id_, f"rests on findings that do not exist: {unknown}", f"引用了不存在的症状：{unknown}")
    unknown = [code for code in row["tests"] if code not in orderables()]
    if not row["tests"] or unknown:
        raise _refused(id_, f"asks for tests that do not exist: {unknown}", f"引用了不存在的检查：{unknown}")
    if row.get("asks_pregnancy") and not row.get("not_pregnant"):
        raise _refused(id_, "asks for pregnancy and does nothing with it", "询问妊娠却未据此排除")
    return Protocol(
        id=id_,
        version=str(row["version"]),
        name=Words(row["zh"], row["en"]),
        conditions=conditions,
        days_least=row.get("days_least"),
        days_most=row.get("days_most"),
        age_least=int(row.get("age_least", 0)),
        known=tuple(row.get("known", ())),
        unless=frozenset(row["unless"]),
        not_pregnant=bool(row.get("not_pregnant")),
        asks_pregnancy=bool(row.get("asks_pregnancy")),
        tests=tuple(orderables()[code] for code in row["tests"]),
        minutes_before=int(row["minutes_before"]),
        again_days=int(row["again_days"]),
        asked_of_doctor=tuple(Words(one["zh"], one["en"]) for one in row.get("asked_of_doctor", ())),
        sources=tuple(row["source"]),
    )


def _refused(id_: str, english: str, chinese: str) -> XinglinError:
    return XinglinError(Category.INVALID, f"protocol {id_} {english}", f"方案 {id_} {chinese}")
