"""The part of FHIRPath that search parameters use (hl7.org/fhir/R4/fhirpath.html), read once into steps.

Paths of names; ``[0]``; ``as``, ``as()`` and ``ofType()``; ``where(field='value')``, several of them
joined by ``and``; ``where(resolve() is Type)``; ``extension('url')``; ``x.exists() and x != false``; alternatives
joined by ``|``. Raises ``ValueError`` for anything else, so that a parameter is never half understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """An element by name; ``first`` for ``name[0]``."""

    name: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class As:
    """Only values of this type of a choice element: ``as(Quantity)``."""

    type: str


@dataclass(frozen=True, slots=True)
class Where:
    """Only elements whose field has this value: ``where(system='phone')``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class WhereType:
    """Only references to this type: ``where(resolve() is Patient)``."""

    type: str


@dataclass(frozen=True, slots=True)
class IsTrue:
    """Whether the element is there and is not false: ``x.exists() and x != false``."""


Step = Field | As | Where | WhereType | IsTrue
Steps = tuple[Step, ...]

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>%?\w+)|(?P<sign>!=|[.()|=\[\]]))")
_IS_TRUE = re.compile(r"(?P<path>[\w.]+)\.exists\(\) and (?P=path) != false")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_EXTENSION = "extension"
_MAX_DEPTH = 10


def parse(expression: str) -> list[Steps]:
    """The alternatives of ``expression``, each as its steps from the resource type (or %resource) on."""
    if match := _IS_TRUE.fullmatch(expression.strip()):
        return [(*parse(match["path"])[0], IsTrue())]
    return _Reader(expression).alternatives()


class _Reader:
    """Reads one expression from its first sign to its last."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._depth = 0
        self._tokens: list[str] = []
        place, end = 0, len(expression.rstrip())
        while place < end:
            match = _TOKEN.match(expression, place)
            if match is None:
                raise self._unread(expression[place : place + 20])
            self._tokens.append(match[0].strip())
            place = match.end()
        self._tokens.reverse()

    def alternatives(self) -> list[Steps]:
        found = [self._term()]
        while self._takes("|"):
            found.append(self._term())
        if self._tokens:
            raise self._unread(self._tokens[-1])
        return found

    def _term(self) -> Steps:
        """A path, which ``as`` may follow."""
        steps = self._path()
        if self._takes("as"):
            steps += (As(self._word()),)
        return steps

    def _path(self) -> Steps:
        steps = self._start()
        while True:
            if self._takes("."):
                steps += self._step()
            elif self._takes("["):
                steps = self._first(steps)
            else:
                return steps

    def _start(self) -> Steps:
        if not self._takes("("):
            return self._step()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._unread("(")
        steps = self._term()
        self._expect(")")
        self._depth -= 1
        return steps

    def _step(self) -> Steps:
        name = self._word()
        if not self._takes("("):
            return (Field(name.removeprefix("%")),)
        steps = self._function(name)
        self._expect(")")
        return steps

    def _function(self, name: str) -> Steps:
        if name in ("as", "ofType"):
            return (As(self._word()),)
        if name == "where":
            return self._where()
        if name == _EXTENSION:
            return Field(_EXTENSION), Where("url", self._text())
        raise self._unread(f"{name}()")

    def _where(self) -> Steps:
        field = self._word()
        if field == "resolve":
            for sign in ("(", ")", "is"):
                self._expect(sign)
            return (WhereType(self._word()),)
        found = [self._equals(field)]
        while self._takes("and"):
            found.append(self._equals(self._word()))
        return tuple(found)

    def _equals(self, field: str) -> Where:
        self._expect("=")
        return Where(field, self._text())

    def _first(self, steps: Steps) -> Steps:
        """``steps`` to the first of an array, which is named just before."""
        last = steps[-1]
        if not isinstance(last, Field) or self._word() != "0":
            raise self._unread("[")
        self._expect("]")
        return (*steps[:-1], Field(last.name, True))

    def _takes(self, wanted: str) -> bool:
        if self._tokens and self._tokens[-1] == wanted:
            self._tokens.pop()
            return True
        return False

    def _expect(self, wanted: str) -> None:
        if not self._takes(wanted):
            raise self._unread(self._tokens[-1] if self._tokens else "the end")

    def _word(self) -> str:
        if not self._tokens or not re.fullmatch(r"%?\w+", self._tokens[-1]):
            raise self._unread(self._tokens[-1] if self._tokens else "the end")
        return self._tokens.pop()

    def _text(self) -> str:
        if not self._tokens or not self._tokens[-1].startswith("'"):
            raise self._unread(self._tokens[-1] if self._tokens else "the end")
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), self._tokens.pop()[1:-1])

    def _unread(self, where: str) -> ValueError:
        return ValueError(f"cannot read the search expression {self._expression[:200]!r} at {where[:40]!r}")
