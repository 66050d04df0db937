"""Parameters that are answered from the content: ``_text``, ``_content``, ``_list`` and ``near``
(hl7.org/fhir/R4/search.html#special, #text and #list, location.html#search)."""

from __future__ import annotations

import re
from collections.abc import Callable

from .circumstances import Circumstances, no_modifier
from .coded import token_forms
from .criterion import Criterion
from .hashing import token_number
from .ordered import like_literal, read_number
from .parameter import parameters
from .query import Query, either
from .unit import canonical
from .words import plain, split, unfit

_NEAR_KM = 10.0  # where no distance is given, which R4 leaves to the server
_MOST_KM = 20_100.0
_WORDS = re.compile(r'\s*(?:"(?P<phrase>[^"]*)"|(?P<sign>[()])|(?P<word>[^\s()"]+))')
_MAX_WORDS = 50
_USE = "http://terminology.hl7.org/CodeSystem/list-example-use-codes"
_FUNCTIONS = {
    "$current-problems": (f"{_USE}|problems", "http://loinc.org|11450-4"),
    "$current-medications": (f"{_USE}|medications", "http://loinc.org|10160-0"),
    "$current-allergies": (f"{_USE}|allergies", "http://loinc.org|48765-2"),
}
"""The codes of Lists by the function that R4 names for them (valueset-list-example-codes.html, and LOINC's)."""
_LISTED = '$."entry" ? (!(@."deleted" == true))."item"."reference"'


def special(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """The condition that one of these parameters puts on a row."""
    if criterion.modifier:
        raise no_modifier(criterion)
    makers: dict[str, Callable[[Query, Criterion, Circumstances], str]] = {
        "_text": _words,
        "_content": _words,
        "_list": _listed,
        "near": _near,
    }
    return makers[criterion.parameter.code](query, criterion, at)


def _listed(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """What Lists named by their ids hold, or the current ones of a function (lifecycle.html#current)."""
    names = [plain(value).removeprefix("List/") for value in criterion.values]
    ids = [name for name in names if not name.startswith("$")]
    bases = "|".join(re.escape(base) for base in at.bases)
    pattern = rf"^(?:{bases})?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{{1,64}})(?:/_history/[A-Za-z0-9\-.]{{1,64}})?$"
    functions = [name for name in names if name not in ids]
    each = [query.is_listed_in([_LISTED], _current(query, criterion, name), pattern) for name in functions]
    if ids:
        source = query.inner()
        source.of_type("List")
        source.where(source.is_one_of(ids))
        each.append(query.is_listed_in([_LISTED], source, pattern))
    return either(each)


def _current(query: Query, criterion: Criterion, function: str) -> Query:
    """The Lists that are current and have a code of ``function``."""
    if function not in _FUNCTIONS:
        known = ", ".join(_FUNCTIONS)
        raise unfit(criterion.name, f"the lists by function are {known}", f"功能性列表有：{known}", "not-supported")
    source = query.inner()
    source.of_type("List")
    for code, values in (("status", ("current",)), ("code", _FUNCTIONS[function])):
        paths = parameters("List")[code].paths
        source.where(
            source.has_any(
                token_number(path.text, form) for path in paths for value in values for form in token_forms(value, path)
            )
        )
    return source


def _near(query: Query, criterion: Criterion, at: Circumstances) -> str:
    each = []
    for value in criterion.values:
        parts = [plain(part) for part in split(value, "|")]
        if not 2 <= len(parts) <= 4:
            raise unfit(criterion.name, "write latitude|longitude|distance|unit", "应写作 纬度|经度|距离|单位", "value")
        latitude, longitude = read_number(criterion.name, parts[0]), read_number(criterion.name, parts[1])
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise unfit(criterion.name, "no place on Earth is there", "经纬度超出范围", "value")
        kilometres = _NEAR_KM
        if len(parts) > 2 and parts[2]:
            unit = canonical(parts[3] if len(parts) > 3 and parts[3] else "km")
            metre = canonical("m")
            if unit is None or metre is None or unit.unit != metre.unit:
                raise unfit(criterion.name, "the unit must be a length in UCUM", "距离单位应为 UCUM 长度单位", "value")
            kilometres = unit.of(read_number(criterion.name, parts[2])) / 1000
        each.append(query.within_distance(latitude, longitude, min(kilometres, _MOST_KM)))
    return either(each)


def _words(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """Words and "phrases" joined by AND (or nothing), OR, NOT and parentheses, found without case anywhere."""
    narrative = criterion.parameter.code == "_text"
    return either(
        [query.some_words(_Words(query, criterion.name, plain(one)).read(), narrative) for one in criterion.values]
    )


class _Words:
    """Reads an expression of words into conditions on ``n.text``."""

    def __init__(self, query: Query, name: str, text: str) -> None:
        self._query = query
        self._name = name
        self._parts: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            match = _WORDS.match(text, place)
            if match is None:
                raise self._unread()
            kind = str(match.lastgroup)
            self._parts.append((kind, match[kind]))
            place = match.end()
        if len(self._parts) > _MAX_WORDS:
            raise unfit(name, f"at most {_MAX_WORDS} words", f"不得超过 {_MAX_WORDS} 个词", "too-costly")
        self._parts.reverse()

    def read(self) -> str:
        found = self._any()
        if self._parts:
            raise self._unread()
        return found

    def _any(self) -> str:
        found = [self._all()]
        while self._is("OR"):
            self._parts.pop()
            found.append(self._all())
        return either(found)

    def _all(self) -> str:
        found = [self._one()]
        while self._parts and not self._is("OR") and self._parts[-1] != ("sign", ")"):
            if self._is("AND"):
                self._parts.pop()
            found.append(self._one())
        return "(" + " AND ".join(found) + ")"

    def _one(self) -> str:
        if self._is("NOT"):
            self._parts.pop()
            return f"NOT {self._one()}"
        if not self._parts:
            raise self._unread()
        kind, text = self._parts.pop()
        if (kind, text) == ("sign", "("):
            inner = self._any()
            if not self._parts or self._parts.pop() != ("sign", ")"):
                raise self._unread()
            return inner
        if kind == "sign" or not text:
            raise self._unread()
        return f"n.text ILIKE {self._query.bind(f'%{like_literal(text)}%', 'text')}"

    def _is(self, word: str) -> bool:
        return bool(self._parts) and self._parts[-1][0] == "word" and self._parts[-1][1].upper() == word

    def _unread(self) -> Exception:
        return unfit(
            self._name, "write words joined by AND, OR, NOT and ( )", "应为以 AND、OR、NOT 和括号连接的词", "value"
        )
