"""The part of FHIRPath that names places in a resource, read into steps.

A FHIRPath engine answers with values; a patch needs the places they stand at. So the way to a place is walked
here, and only what ``where()`` asks is left to the engine (``criterion``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xinglin.foundation.errors import Category, XinglinError

MAX_CHARACTERS = 2000
_NAME = re.compile(r"\s*(?:([A-Za-z_]\w*)|`([^`]+)`)\s*")
_INDEX = re.compile(r"\s*\[\s*(\d{1,6})\s*\]\s*")
_AS = re.compile(r"\s*\(\s*(?P<inner>.+?)\s+as\s+(?P<type>[A-Za-z]+)\s*\)(?P<rest>.*)", re.DOTALL)
_QUOTES = "'`"


@dataclass(frozen=True, slots=True)
class Member:
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    number: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with the text between its parentheses."""

    name: str
    argument: str


Step = Member | Index | Call


def read_path(text: str) -> list[Step]:
    """The steps of the path ``text``. Raises INVALID for what cannot be read as a way to a place."""
    if len(text) > MAX_CHARACTERS:
        raise unfit_path(text, f"at most {MAX_CHARACTERS} characters", f"不得超过 {MAX_CHARACTERS} 个字符")
    cast = _AS.fullmatch(text)
    if cast and _balanced(cast["inner"]):
        rest = _further(text, cast["rest"], len(text) - len(cast["rest"]))
        return [*read_path(cast["inner"]), Call("ofType", cast["type"]), *rest]
    first = _NAME.match(text)
    if first is None:
        raise unfit_path(text, "a path begins with a name", "路径应以名称开头")
    name, end = first[1] or first[2], first.end()
    if text[end : end + 1] == "(":
        argument, end = _argument(text, end)
        return [Call(name, argument), *_further(text, text[end:], end)]
    return [Member(name), *_further(text, text[end:], end)]


def _further(text: str, rest: str, place: int) -> list[Step]:
    steps: list[Step] = []
    while place < len(text.rstrip()):
        index = _INDEX.match(text, place)
        if index:
            steps.append(Index(int(index[1])))
            place = index.end()
            continue
        name = _NAME.match(text, place + 1) if text[place] == "." else None
        if name is None:
            raise unfit_path(text, f"cannot read '{text[place : place + 20]}'", f"无法识别“{text[place : place + 20]}”")
        place = name.end()
        if text[place : place + 1] == "(":
            argument, place = _argument(text, place)
            steps.append(Call(name[1] or name[2], argument))
            while text[place : place + 1].isspace():
                place += 1
        else:
            steps.append(Member(name[1] or name[2]))
    return steps


def _argument(text: str, start: int) -> tuple[str, int]:
    """What stands between the parenthesis at ``start`` and its partner, and the place after that."""
    depth, place = 0, start
    while place < len(text):
        mark = text[place]
        if mark in _QUOTES:
            place = _end_of_quoted(text, place)
        elif mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth == 0:
                return text[start + 1 : place], place + 1
        place += 1
    raise unfit_path(text, "a parenthesis is not closed", "括号未闭合")


def _end_of_quoted(text: str, start: int) -> int:
    place = start + 1
    while place < len(text) and text[place] != text[start]:
        place += 2 if text[place] == "\\" else 1
    return place


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")")


def unfit_path(path: str, english: str, chinese: str, code: str = "value") -> XinglinError:
    """What is said of a path that cannot be walked."""
    shown = path[:200]
    return XinglinError(
        Category.UNPROCESSABLE, f"path '{shown}': {english}", f"路径“{shown}”：{chinese}", issue_code=code
    )
