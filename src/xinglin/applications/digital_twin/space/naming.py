"""What a room is for and what it is called, from the words and codes of a file."""

from __future__ import annotations

import re

from .model import Category

_CODES: tuple[tuple[str, Category], ...] = (
    ("13-85 11", "corridor"),
    ("13-85 21 11", "stairs"),
    ("13-85 31 11", "entrance"),
    ("13-85", "corridor"),
    ("13-81 21 31", "lift"),
    ("13-51 31 11", "waiting"),
    ("13-51 11 21", "office"),
    ("13-11 11 31", "reception"),
    ("13-11", "office"),
    ("13-15 11 24", "laboratory"),
    ("13-15 11 34", "office"),
    ("13-41 11 14 21", "toilet"),
    ("13-41 41 31", "imaging"),
    ("13-41 41", "consulting"),
    ("13-75", "storage"),
    ("13-81", "technical"),
)
"""Prefixes of OmniClass table 13 (spaces by function), the longest that fits counts."""

_WORDS: tuple[tuple[str, Category], ...] = (
    (r"elev(ator)? (eq|mach)", "technical"),
    (r"大厅|电梯厅|门厅|\b(entrance hall|lift lobby|lobby)\b", "entrance"),
    (r"楼梯|\bstairs?\b|stairway", "stairs"),
    (r"电梯|\b(lift|elevator)\b", "lift"),
    (r"药房|药局|\bpharmacy\b", "pharmacy"),
    (r"收费|挂号|\b(cashier|cash desk)\b", "cashier"),
    (r"候诊|等候|\bwaiting\b", "waiting"),
    (r"导诊|分诊|接待|护士站|\b(reception|recept|nurse station|triage)\b", "reception"),
    (r"手术室|\b(theatre|operating)\b", "theatre"),
    (r"病室|病房|抢救室|留观|\b(ward|bedroom|resuscitation|observation)\b", "ward"),
    (r"诊室|诊区|治疗|\b(consulting|consult|exam|examination|treatment)\b", "consulting"),
    (r"放射|影像|超声|CT室|MRI|\b(x-?ray|imaging|ultrasound|radiology)\b", "imaging"),
    (r"检验|采血|\b(lab|laboratory|phlebotomy|blood draw)\b", "laboratory"),
    (r"卫生间|厕所|\b(toilet|restroom|rr|wc|bathroom)\b", "toilet"),
    (r"大厅|门厅|入口|\b(entry|entrance|vest|vestibule|lobby|foyer)\b", "entrance"),
    (r"走廊|通道|\b(corridor|corr|hallway|hall|passage)\b", "corridor"),
    (r"库房|储|\b(storage|stor|store|closet)\b", "storage"),
    (r"机房|设备|配电|\b(mech|elec|server|equipment|tele|shaft|utility)\b", "technical"),
    (r"办公|会议|\b(office|off|conference|team|admin)\b", "office"),
)
_STAFF_ONLY: frozenset[Category] = frozenset({"storage", "technical", "office", "theatre"})
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def category_of(code: str, *words: str) -> Category:
    """What a room is for: by its OmniClass code, else by what it is called in either language."""
    fitting = [(len(prefix), found) for prefix, found in _CODES if code.startswith(prefix)]
    by_words = _by_words(" ".join(words))
    if fitting:
        return by_words if max(fitting)[1] in ("office", "consulting", "technical") and by_words != "other" else (
            max(fitting)[1]
        )  # fmt: skip
    return by_words


def is_public(category: Category) -> bool:
    """Whether patients usually may walk there."""
    return category not in _STAFF_ONLY


def in_both(*texts: str | None) -> tuple[str, str]:
    """The first Chinese text and the first other one; empty where there is none."""
    given = [text.strip() for text in texts if text and text.strip() and text.strip().lower() != "n/a"]
    chinese = next((text for text in given if _CHINESE.search(text)), "")
    english = next((text for text in given if not _CHINESE.search(text)), "")
    return chinese, english


def storey_in_both(name: str, long_name: str | None) -> tuple[str, str]:
    """A storey's names in Chinese and English, translated where only English was given."""
    chinese, english = in_both(name, long_name)
    return chinese or _storey_in_chinese(english), english or chinese


def _by_words(text: str) -> Category:
    lowered = text.lower()
    return next((found for pattern, found in _WORDS if re.search(pattern, lowered, re.IGNORECASE)), "other")


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _storey_in_chinese(name: str) -> str:
    lowered = name.lower()
    number = next((place for place, word in enumerate(_ORDINALS, 1) if lowered.startswith(word)), None)
    if number is None and (found := re.match(r"(?:level|floor|storey|l|f)\s*(\d+)$", lowered)):
        number = int(found[1])
    if number is not None:
        return f"{number} 层"
    return {"roof": "屋顶", "site": "室外", "basement": "地下室"}.get(lowered.split(" ")[0], name)
