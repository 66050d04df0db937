"""The words of a search: escapes, lists and prefixes (hl7.org/fhir/R4/search.html#escaping)."""

from __future__ import annotations

import re

from xinglin.foundation.errors import Category, XinglinError

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_ESCAPED = re.compile(r"\\([\\,|$])")


def split(text: str, separator: str) -> list[str]:
    """``text`` cut at every ``separator`` that no backslash stands before; escapes are left in."""
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == separator:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def plain(text: str) -> str:
    """``text`` without its escapes."""
    return _ESCAPED.sub(r"\1", text)


def prefixed(text: str) -> tuple[str, str]:
    """The prefix of an ordered value (``eq`` where none is written) and the rest."""
    if text[:2] in PREFIXES:
        return text[:2], text[2:]
    return "eq", text


def unfit(parameter: str, english: str, chinese: str, issue_code: str = "invalid") -> XinglinError:
    """A search that cannot be carried out; ``parameter`` is named as R4 asks (http.<name>)."""
    return XinglinError(
        Category.INVALID,
        f"{parameter}: {english}",
        f"{parameter}：{chinese}",
        expression=f"http.{parameter}",
        issue_code=issue_code,
    )
