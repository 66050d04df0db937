"""The words that people use for what they feel, and the names that we give it. Data: ``lexicon.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILLER = (
    "(?:还|也|就|又|很|好|特别|非常|有点儿?|有些|一直|总是?|突然|忽然|剧烈|一?阵阵|的|地|在|都|开始|老是?|越来越|感觉|觉得"
    "|了|这里|里面?|上|边|得|十分|疼得|痛得|疼痛|会|略|稍微|反复|今天|昨天|早上|晚上){0,3}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that may be found: its name in both languages and how people say it."""

    id: str
    chinese: str
    english: str
    said: re.Pattern[str]


@cache
def entries() -> tuple[Entry, ...]:
    """The whole lexicon. In its Chinese patterns ``~`` stands for at most three little words that people put in."""
    listed = json.loads((Path(__file__).parent / "lexicon.json").read_text("utf-8"))
    return tuple(
        Entry(each["id"], each["zh"], each["en"], re.compile("|".join(map(_spelt, each["say"])))) for each in listed
    )


def finding_names() -> dict[str, tuple[str, str]]:
    """Each finding's Chinese and English name, by id."""
    return {entry.id: (entry.chinese, entry.english) for entry in entries()}


def mentions(text: str) -> Iterator[tuple[int, int, str]]:
    """Where (start, end) which finding is spoken of, in the order of the text; ``text`` is normalised."""
    found = [(m.start(), m.end(), entry.id) for entry in entries() for m in entry.said.finditer(text)]
    yield from sorted(found, key=lambda each: (each[0], -each[1]))


def _spelt(pattern: str) -> str:
    if re.search("[\u4e00-\u9fff]", pattern):
        return pattern.replace("~", _FILLER)
    return rf"\b(?:{pattern})\b".replace(" ", r"\s+")
