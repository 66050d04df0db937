"""SMART scopes as a further limit on what a program does in somebody's name (SMART App Launch 2, scopes-and-launch-
context.html): they never open what the rules close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from xinglin.data_platform import search
from xinglin.foundation.errors import XinglinError

from ..scope import Scope, scope_of
from .filter import FALSE, TRUE

_LETTERS = {"see": "rs", "create": "c", "update": "u", "delete": "d"}
_HOLDS = (
    "EXISTS (SELECT FROM resource_token st JOIN resource sr USING (key)"
    " WHERE sr.type = {{row}}.type AND sr.id = {{row}}.id AND st.tokens @> '{{{{{}}}}}'::bigint[])"
)


class Limit:
    """What scopes leave of one action, for the patient of the launch where one is named."""

    def __init__(self, scopes: Sequence[Scope], patient: str | None) -> None:
        self._scopes = scopes
        self._patient = patient

    def condition(self, type_: str) -> str:
        """The SQL condition on ``{row}``, of a resource of ``type_``."""
        found = [_condition(one, type_, self._patient) for one in self._scopes if one.type in ("*", type_)]
        if TRUE in found:
            return TRUE
        left = [one for one in dict.fromkeys(found) if one != FALSE]
        return f"({' OR '.join(left)})" if left else FALSE


def limit(scopes: Iterable[str] | None, action: str, patient: str | None) -> Limit | None:
    """What ``scopes`` leave of ``action``; None where nothing is narrowed. What is no scope opens nothing."""
    if scopes is None:
        return None
    found = []
    for word in scopes:
        with suppress(XinglinError):
            scope = scope_of(word)
            if scope is not None and scope.permissions & set(_LETTERS[action]):
                found.append(scope)
    return Limit(found, patient)


def _condition(scope: Scope, type_: str, patient: str | None) -> str:
    parts = []
    if scope.level == "patient":
        if patient is None:
            return FALSE
        parts.append(of_launch(patient))
    if scope.query:
        tokens = _tokens(type_, scope.query)
        if tokens is None:
            return FALSE
        parts.append(_HOLDS.format(",".join(map(str, tokens))))
    return " AND ".join(parts) if parts else TRUE


def of_launch(patient: str) -> str:
    """What is in the record of the launch's patient, or in nobody's."""
    quoted = patient.replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"{{row}}.patient IN ('', '{quoted}')"


def _tokens(type_: str, query: Sequence[tuple[str, str]]) -> list[int] | None:
    """The index tokens that a scope's search parameters ask for; None for what is more than tokens, which opens
    nothing, since a scope that is read more widely than it was meant grants what nobody agreed to."""
    with suppress(XinglinError):
        request = search.read(type_, list(query))
        if not request.ignored:
            return search.only_tokens(request, "")
    return None
