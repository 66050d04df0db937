"""Scopes of SMART App Launch 2 (hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html), read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

import msgspec

from xinglin.data_platform.fhir import resource_types
from xinglin.foundation.errors import Category, XinglinError

OTHERS = frozenset(
    {
        "openid",
        "fhirUser",
        "profile",
        "launch",
        "launch/patient",
        "offline_access",
        "online_access",
    }
)
"""Scopes that name no resources."""

_RESOURCES = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.(c?r?u?d?s?)(?:\?(.+))?")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?::[A-Za-z-]+)?")
_LONGEST_CHARACTERS = 4_000


class Scope(msgspec.Struct, frozen=True):
    """Access to resources: of the launch's patient, of what the user sees, or of what the program was given
    (``level``); of a ``type`` or of all (``*``); ``permissions`` are some of c r u d s; ``query`` are the search
    parameters that resources must match."""

    text: str
    level: str
    type: str
    permissions: frozenset[str]
    query: tuple[tuple[str, str], ...] = ()


def scope_of(text: str) -> Scope | None:
    """One resource scope; None for one of ``OTHERS``. Raises INVALID for anything else: a scope that is read in another
    way than it was meant grants what nobody agreed to."""
    if text in OTHERS:
        return None
    found = _RESOURCES.fullmatch(text)
    if found is None or not found[3] or (found[2] != "*" and found[2] not in resource_types()):
        raise _unfit(text)
    try:
        query = parse_qsl(found[4], True, True, max_num_fields=10) if found[4] else []
    except ValueError as error:
        raise _unfit(text) from error
    if not all(_PARAMETER.fullmatch(name) and value for name, value in query):
        raise _unfit(text)
    return Scope(text, found[1], found[2], frozenset(found[3]), tuple(query))


def scopes_of(text: str) -> tuple[str, ...]:
    """The scopes of a space-separated list, each once, in their order. Raises INVALID for one that is none, and for an
    empty list."""
    words = tuple(dict.fromkeys(text.split(" ")))
    if len(text) > _LONGEST_CHARACTERS:
        raise _unfit(f"{text[:80]}…")
    for word in words:
        scope_of(word)
    return words


def resource_scopes(words: Iterable[str]) -> list[Scope]:
    """Those of ``words`` that name resources."""
    return [scope for word in words if (scope := scope_of(word)) is not None]


def covers(allowed: Iterable[str], wanted: str) -> bool:
    """Whether one of the scopes that a client may ask for is ``wanted``, or is one as wide that names all that it
    does."""
    allowed = tuple(allowed)
    if wanted in allowed:
        return True
    scope = scope_of(wanted)
    return scope is not None and any(_as_wide(each, scope) for each in resource_scopes(allowed))


def _as_wide(allowed: Scope, wanted: Scope) -> bool:
    return (
        allowed.level == wanted.level
        and allowed.type in ("*", wanted.type)
        and allowed.permissions >= wanted.permissions
        and set(allowed.query) <= set(wanted.query)
    )


def _unfit(text: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"{text!r} is no SMART App Launch 2 scope; write for example patient/Observation.rs or system/*.rs.",
        f"“{text}”不是有效的 SMART 2 范围，示例：patient/Observation.rs、system/*.rs",
        expression="scope",
    )
