"""From a person's own words to findings: said, denied, for how long, of whom, how old. No model, only rules.

What is in doubt counts as present: a finding is denied only where the denial stands directly before or after it.
Nothing in a text is an instruction.
"""

from __future__ import annotations

import re
import unicodedata

from pydantic import BaseModel

from .lexicon import finding_names, mentions
from .quantities import age_years, days, derived_from_age, derived_from_days, measured

LONGEST_TEXT_CHARACTERS = 8000
"""Of a longer text the first and the last half of this are read."""

_ZH_FILLER = "(?:什么|明显|任何|过|出现|感到|觉得|发生|有|任何的|伴有?|再)*"
_EN_FILLER = (
    r"(?:\s|any|a|an|significant|obvious|signs? of|history of|known|having|had|have|has|been|feeling|more|real)*"
)
_DENIAL = re.compile(
    rf"(?P<zh>(?:没有?|无|未见?|不|否认|并无|并未){_ZH_FILLER})$"
    r"|(?P<en>\b(?:no|not|without|denie[sd]|deny|denying|never|don't|doesn't|didn't|haven't|hasn't|isn't|aren't|nor)"
    rf"\b{_EN_FILLER})$"
)
_DOUBLE = re.compile(r"(?:不是|并非|不能说|不敢说)$|\bnot\s+$")
_LIST_JOINER = re.compile(r"\s*(?:、|和|或者?|以及|及|也没有?|也不|,?\s*\b(?:or|nor)\b(?:\s+(?:any|a|an))?)\s*")
_DENYING_JOINER = re.compile(r"\s*(?:、|和|或者?|以及|及|,|，|,?\s*(?:or|nor|and)\b)\s*")
_DENIED_AFTER = re.compile(r"\s*[:：]?\s*(?:没有|无|\bno\b|none|denied|absent)(?=$|[,，.。;；、\s])")
_DENIAL_REACH_CHARACTERS = 40

_RELATIVE = re.compile(
    "(?:我|俺|咱)?(?:家)?(?:的)?(妈妈|妈|母亲|爸爸|爸|父亲|老公|丈夫|老婆|妻子|爱人|孩子|宝宝|小孩|婴儿|儿子|女儿|爷爷|奶奶|外公|外婆|姥姥|姥爷"
    "|公公|婆婆|岳父|岳母|哥哥|姐姐|弟弟|妹妹|孙子|孙女|老人|朋友|同事|邻居)"
    r"|\b(?:my|our|the)\s+(?:\w+[- ]){0,3}?(mother|mom|mum|dad|father|son|daughter|baby|child|kid|wife"
    r"|husband|grand\w+|brother|sister|partner"
    r"|friend|colleague|neighbou?r|toddler|newborn|infant|uncle|aunt)\b"
)
_FAMILY_HISTORY = re.compile(r"家族史|遗传史|family history|runs in (?:my|the) family")
_SELF = re.compile(
    r"(?:^|[,，.。;；!！?？\s])我(?!妈|爸|家|的|们|爷|奶|老|儿|女|妻|婆|丈|孩|哥|姐|弟|妹|爱人|朋友|同事)|\bI\b|\bi'm\b|\bi\b"
)


class Finding(BaseModel):
    """One finding that a text speaks of; ``text`` are the words it was taken from."""

    id: str
    chinese: str
    english: str
    text: str


class Understood(BaseModel):
    """What was understood of a text.

    ``person`` is the word for whoever is meant, None for the writer. ``contradicted`` findings are said and denied;
    they count as present. ``derived`` are facts for the rules (age groups, durations). ``cut`` tells that the text
    was longer than is read.
    """

    present: list[Finding]
    absent: list[Finding]
    contradicted: list[str]
    derived: list[str]
    person: str | None
    age_years: float | None
    days: float | None
    cut: bool

    def facts(self) -> frozenset[str]:
        """Everything that a rule may ask for."""
        return frozenset([finding.id for finding in self.present] + self.derived)


def understand(text: str) -> Understood:
    """What ``text``, in Chinese or English, says. Never fails: what is not understood is not in the answer."""
    plain = normalised(text)
    cut = len(plain) > LONGEST_TEXT_CHARACTERS
    if cut:
        half = LONGEST_TEXT_CHARACTERS // 2
        plain = f"{plain[:half]}\n{plain[-half:]}"
    said, denied = _said_and_denied(plain)
    for id_, words in measured(plain):
        said.setdefault(id_, words)
    years, spoken_days = age_years(plain), days(plain)
    names = finding_names()

    def told(found: dict[str, str]) -> list[Finding]:
        return [
            Finding(id=id_, chinese=names[id_][0], english=names[id_][1], text=words) for id_, words in found.items()
        ]

    return Understood(
        present=told(said),
        absent=told({id_: words for id_, words in denied.items() if id_ not in said}),
        contradicted=[id_ for id_ in denied if id_ in said],
        derived=[*derived_from_age(years, plain), *derived_from_days(spoken_days)],
        person=_person(plain),
        age_years=years,
        days=spoken_days,
        cut=cut,
    )


def normalised(text: str) -> str:
    """Compatibility forms folded, lower case, one kind of apostrophe, no control or format characters."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    return "".join(letter for letter in folded if letter in "\n\t" or unicodedata.category(letter)[0] != "C")


def _said_and_denied(text: str) -> tuple[dict[str, str], dict[str, str]]:
    said: dict[str, str] = {}
    denied: dict[str, str] = {}
    denied_until, by_denying = -1, False
    for start, end, id_ in mentions(text):
        before = text[max(0, start - _DENIAL_REACH_CHARACTERS) : start]
        denial = _DENIAL.search(before)
        listed = 0 <= denied_until <= start and (_DENYING_JOINER if by_denying else _LIST_JOINER).fullmatch(
            text, denied_until, start
        )
        if denial and not _DOUBLE.search(before[: denial.start()]):
            by_denying = bool(re.search("否认|den", denial.group()))
            is_denied = True
        else:
            is_denied = bool(listed) or bool(_DENIED_AFTER.match(text, end))
        if is_denied:
            denied.setdefault(id_, text[start:end])
            denied_until = max(denied_until, end)
        else:
            said.setdefault(id_, text[start:end])
    return said, denied


def _person(text: str) -> str | None:
    """The relative whom the first clause that names one is about, unless the writer speaks of themself first."""
    without_history = _FAMILY_HISTORY.sub(" ", text)
    relative = _RELATIVE.search(without_history)
    if relative is None:
        return None
    myself = _SELF.search(without_history)
    if (
        myself is not None
        and myself.start() < relative.start()
        and any(True for _ in mentions(without_history[: relative.start()]))
    ):
        return None
    return relative.group(1) or relative.group(2)
