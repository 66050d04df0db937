"""Where in the text of a law something stands, so that whoever wrote it finds what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;', re.DOTALL)
_NAMED = re.compile(r'@id\("((?:\\.|[^"\\])*)"\)')
_CEDARS_NAME = re.compile(r"`?\bpolicy(\d+)\b`?")
_REPEATED = re.compile(r" for policy `policy\d+`,")


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule as written; ``line`` is that of its first sign, counted from 1."""

    line: int
    text: str

    @property
    def name(self) -> str:
        """Its ``@id``, empty where it has none."""
        found = _NAMED.search(self.text)
        return found.group(1) if found else ""


def statements(text: str) -> list[Statement]:
    """The rules of a text that need not be a law, split at the semicolons outside of strings and comments."""
    found, start = [], 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            found.append(_statement(text, start, token.end()))
            start = token.end()
    rest = _TOKEN.sub(lambda token: "" if token.group().startswith("//") else token.group(), text[start:])
    if rest.strip():
        found.append(_statement(text, start, len(text)))
    return found


def first_unreadable(text: str, read: Callable[[str], object]) -> tuple[Statement, str] | None:
    """The first rule that ``read`` raises ValueError for, and what that says."""
    for statement in statements(text):
        try:
            read(statement.text)
        except ValueError as error:
            return statement, str(error)
    return None


def with_names(message: str, text: str, place: str = "{name} (line {line})") -> str:
    """``message`` with the ``@id`` and line of each rule that Cedar calls by its place (``policy14``)."""
    known = statements(text)

    def named(found: re.Match[str]) -> str:
        at = int(found.group(1))
        return place.format(name=known[at].name, line=known[at].line) if at < len(known) else found.group()

    return _CEDARS_NAME.sub(named, _REPEATED.sub("", message))


def _statement(text: str, start: int, end: int) -> Statement:
    whole = text[start:end]
    begins = start + len(whole) - len(re.sub(r"\A(?:\s|//[^\n]*(?:\n|\Z))+", "", whole))
    return Statement(text.count("\n", 0, begins) + 1, text[begins:end])
