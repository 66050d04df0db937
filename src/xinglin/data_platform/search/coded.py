"""Tokens and uris (hl7.org/fhir/R4/search.html#token and #uri)."""

from __future__ import annotations

from collections.abc import Sequence

from . import token
from .circumstances import Circumstances, asks_terminology, no_modifier
from .criterion import Criterion
from .hashing import token_number
from .ordered import like_literal
from .parameter import Path
from .path import json_path
from .query import Query, either
from .words import plain, split, unfit

_TEXTS = {
    "CodeableConcept": (("text",), ("coding", "display")),
    "Coding": (("display",),),
    "Identifier": (("type", "text"),),
    "Reference": (("display",),),
    "code": ((),),
    "string": ((),),
}
"""Where the words that belong to a value of each type lie below it (#token, :text)."""


def tokens(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A token parameter with its modifiers."""
    parameter, modifier = criterion.parameter, criterion.modifier
    if asks_terminology(criterion):
        codings = at.terms[criterion]
        found = _having(query, criterion, [_number(path, *one) for one in codings for path in parameter.paths])
        return f"NOT ({found})" if modifier == "not-in" else found
    if modifier == "text":
        return texts(query, criterion)
    if modifier == "below" and parameter.mime:
        return _mime_types(query, criterion)
    if modifier == "of-type":
        return query.has_any(_typed(criterion))
    if modifier not in ("", "not"):
        raise no_modifier(criterion)
    numbers = token_numbers(criterion)
    found = _having(query, criterion, numbers)
    return f"NOT ({found})" if modifier == "not" else found


def token_numbers(criterion: Criterion) -> list[int]:
    """The numbers of which a row must have one."""
    return [
        token_number(path.text, form)
        for value in criterion.values
        for path in criterion.parameter.paths
        for form in token_forms(value, path)
    ]


def code_of(value: str) -> tuple[str | None, str]:
    """System (None where no ``|`` is written) and code of a token value."""
    parts = split(value, "|")
    if len(parts) == 1:
        return None, plain(parts[0])
    return plain(parts[0]), plain("|".join(parts[1:]))


def token_forms(value: str, path: Path) -> list[str]:
    """The forms that a token value asks for on ``path``."""
    parts = split(value, "|")
    if path.caseless:
        parts = [part.casefold() for part in parts]
    if len(parts) == 1 or path.system_implied:
        return [token.asked(None, plain(parts[-1]))]
    return [token.asked(plain(parts[0]), plain("|".join(parts[1:])))]


def texts(query: Query, criterion: Criterion) -> str:
    """``:text``: the words that belong to a value hold the ones asked for."""
    paths = [
        json_path(place.way, *below)
        for path in criterion.parameter.paths
        for place in path.places
        for below in _TEXTS.get(place.type, ())
    ]
    if not paths:
        raise no_modifier(criterion)
    words = [f"%{like_literal(plain(value).lower())}%" for value in criterion.values]
    return query.some_value(paths, f"lower(v.text) LIKE ANY({query.bind(words, 'text[]')})")


def uris(query: Query, criterion: Criterion) -> str:
    """A uri parameter; ``:above`` and ``:below`` compare URLs from the left, never URNs."""
    paths, values = criterion.parameter.paths, [plain(value) for value in criterion.values]
    if criterion.modifier == "below":
        return starting(query, criterion, [value for value in values if not value.startswith("urn:")])
    if criterion.modifier == "above":
        values = [part for value in values for part in _leading(value)]
    elif criterion.modifier:
        raise no_modifier(criterion)
    return query.has_any(token_number(path.text, value) for value in values for path in paths)


def starting(query: Query, criterion: Criterion, values: Sequence[str]) -> str:
    """The condition that a plain value of the content starts with one of ``values``."""
    starts = query.bind([f"{like_literal(value)}%" for value in values], "text[]")
    paths = [json_path(place.way) for path in criterion.parameter.paths for place in path.places]
    return query.some_value(paths, f"v.text LIKE ANY({starts})")


def _having(query: Query, criterion: Criterion, numbers: Sequence[int]) -> str:
    if not criterion.parameter.paths:
        raise no_modifier(criterion)
    return query.has_any(numbers)


def _number(path: Path, system: str, code: str) -> int:
    return token_number(path.text, token.asked(None if path.system_implied else system, code))


def _typed(criterion: Criterion) -> list[int]:
    numbers = []
    for value in criterion.values:
        parts = [plain(part) for part in split(value, "|")]
        if len(parts) != 3 or not all(parts):
            raise unfit(criterion.name, "write system|code|value", "应写作 体系|代码|取值", "value")
        numbers += [token_number(path.text, token.typed(*parts)) for path in criterion.parameter.paths]
    return numbers


def _mime_types(query: Query, criterion: Criterion) -> str:
    """A MIME type with or without its parameters (#mimetype)."""
    paths = [json_path(place.way) for path in criterion.parameter.paths for place in path.places]
    each = []
    for value in map(plain, criterion.values):
        whole, before = query.bind(value.lower(), "text"), query.bind(like_literal(value.lower()) + ";%", "text")
        each.append(f"lower(v.text) = {whole} OR lower(v.text) LIKE {before}")
    return query.some_value(paths, either(each))


def _leading(url: str) -> list[str]:
    """``url`` and every URL above it, with and without a slash at the end."""
    if url.startswith("urn:"):
        return []
    found = [url]
    start = url.find("://") + 3 if "://" in url else 0
    for place, sign in enumerate(url):
        if place > start and sign in "/|#?":
            found += [url[:place], url[: place + 1]]
    return found
