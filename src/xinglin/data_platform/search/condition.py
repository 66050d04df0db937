"""Conditions of a search as conditions in SQL, each kind by its own rules (hl7.org/fhir/R4/search.html#ptypes)."""

from __future__ import annotations

from collections.abc import Sequence

from . import coded, composed, ordered, referred, special
from .circumstances import Circumstances, no_modifier
from .criterion import Across, Chain, Condition, Criterion, Either, Every, Has, Opposite
from .hashing import token_number
from .indexing import OF_THE_ROW, PRESENT
from .parameter import SPECIAL
from .query import Query, either
from .stretch import Span
from .tables import TABLES
from .words import plain, unfit

MANY_TOKENS = 64  # beyond which it does not count how frequent each is
_FREQUENT = 0.003  # of all resources
_WIDE = ("missing", "not", "not-in", "text")


def add(query: Query, conditions: Sequence[Condition], at: Circumstances) -> None:
    """Narrow ``query`` by every one of ``conditions``.

    Raises INVALID for a modifier or value that the parameter's type does not have.
    """
    narrowed = any(_narrows(condition) for condition in conditions)
    for condition in conditions:
        token = _single_token(condition)
        if token is not None:
            query.require(token)
        else:
            query.where(text_of(query, condition, at, narrowed))
        asked = _alternatives(condition, at)
        if asked and not any(token in at.common for token in asked):
            query.rare.append(asked)
        elif any(at.common.get(token, 0) >= _FREQUENT for token in asked):
            query.frequent.append(asked)


def text_of(query: Query, condition: Condition, at: Circumstances, narrowed: bool = False) -> str:
    """``condition`` in SQL. ``narrowed`` says that other conditions leave few rows, which decides how a reverse
    chain is followed."""
    match condition:
        case Criterion():
            return _criterion(query, condition, at)
        case Chain():
            return _chain(query, condition, at)
        case Has():
            return _has(query, condition, at, narrowed)
        case Every(conditions):
            return "(" + " AND ".join(f"({text_of(query, one, at)})" for one in conditions) + ")"
        case Either(conditions):
            return either([text_of(query, one, at) for one in conditions])
        case Opposite(inner):
            return f"NOT ({text_of(query, inner, at)})"
        case Across(each):
            return _across(query, each, at)


def spans_of(query: Query, conditions: Sequence[Condition], at: Circumstances) -> list[Span] | None:
    """Where in one table of ordered values the resources lie that meet ``conditions``; None where these are not one
    ordered criterion."""
    if len(conditions) != 1:
        return None
    criterion = conditions[0]
    if not isinstance(criterion, Criterion) or criterion.modifier in ("missing", "exact"):
        return None
    if trigrams_of(conditions):
        return None
    parameter = criterion.parameter
    if parameter.code in OF_THE_ROW or not parameter.searchable:
        return None
    if parameter.type == "composite":
        found = composed.composed_spans(query, criterion, at)
    elif not parameter.paths:
        return None
    elif parameter.type == "string":
        found = ordered.string_spans(query, criterion)
    elif parameter.type in ("date", "number", "quantity"):
        found = ordered.ordered_spans(query, criterion, at)
    else:
        return None
    return found if found and len({TABLES[span.kind].name for span in found}) == 1 else None


def trigrams_of(conditions: Sequence[Condition]) -> list[frozenset[int]]:
    """The trigrams of one of which the resources have all that meet ``conditions``, where these are one criterion on
    a string that may stand anywhere in a value; else none."""
    if len(conditions) != 1 or not isinstance(conditions[0], Criterion):
        return []
    criterion = conditions[0]
    return ordered.held_trigrams(criterion) if criterion.parameter.type == "string" else []


def _across(query: Query, each: Sequence[tuple[str, Condition]], at: Circumstances) -> str:
    """A parameter that several types share. Tokens tell their type, and the row's own columns need none."""
    first = each[0][1]
    if isinstance(first, Criterion) and first.parameter.code in ("_id", "_lastUpdated", "_list", "_text", "_content"):
        return text_of(query, first, at)
    plain_tokens = [_plain_tokens(condition) for _, condition in each]
    if all(plain_tokens):
        return query.has_any(number for numbers in plain_tokens for number in numbers or ())
    found = []
    for type_, condition in each:
        query.type = type_
        found.append(query.if_type(type_, text_of(query, condition, at)))
    return either(found)


def _plain_tokens(condition: Condition) -> list[int] | None:
    """The tokens of which ``condition`` asks for one, where it is no more than that."""
    if not isinstance(condition, Criterion) or condition.modifier or condition.comparison:
        return None
    if condition.parameter.type != "token" or condition.parameter.code == "_id" or not condition.parameter.paths:
        return None
    return coded.token_numbers(condition)


def _alternatives(condition: Condition, at: Circumstances) -> list[int]:
    """The tokens of which ``condition`` asks for one, where it is no more than that. Empty for others, and for very
    many tokens."""
    if not isinstance(condition, Criterion) or condition.comparison:
        return []
    if condition.parameter.type == "reference":
        found = referred.reference_numbers(condition, at) or []
    else:
        found = _plain_tokens(condition) or []
    return found if len(found) <= MANY_TOKENS else []


def _criterion(query: Query, criterion: Criterion, at: Circumstances) -> str:
    parameter = criterion.parameter
    if criterion.modifier == "missing":
        return _missing(query, criterion)
    if parameter.code in SPECIAL:
        return special.special(query, criterion, at)
    if parameter.code == "_id":
        return _ids(query, criterion)
    if parameter.code == "_lastUpdated":
        return ordered.updated(query, criterion, at)
    match parameter.type:
        case "token":
            return coded.tokens(query, criterion, at)
        case "uri":
            return coded.uris(query, criterion)
        case "reference":
            return referred.references(query, criterion, at)
        case "string":
            return ordered.strings(query, criterion)
        case "composite":
            return composed.composed(query, criterion, at)
    return ordered.ordered(query, criterion, at)


def _single_token(condition: Condition) -> int | None:
    """The one token that ``condition`` asks for, where it is no more than that."""
    numbers = _plain_tokens(condition)
    return numbers[0] if numbers is not None and len(numbers) == 1 else None


def _narrows(condition: Condition) -> bool:
    if isinstance(condition, Every):
        return any(_narrows(one) for one in condition.conditions)
    return isinstance(condition, Criterion) and condition.modifier not in _WIDE


def _missing(query: Query, criterion: Criterion) -> str:
    wanted, parameter = criterion.values[0], criterion.parameter
    if criterion.values not in (("true",), ("false",)):
        raise unfit(criterion.name, "true or false is expected", "应为 true 或 false", "value")
    if parameter.code in ("_id", "_lastUpdated"):
        return "false" if wanted == "true" else "true"
    if parameter.code == "near":
        found = query.some_value(['$."position"'], "true")
    else:
        if not parameter.paths:
            raise no_modifier(criterion)
        if parameter.type in ("date", "number", "quantity"):
            paths = [path.number for path in parameter.paths]
            found = query.among([query.keys_within(parameter.type, paths, "true")])
        else:
            found = query.has([token_number(path.text, PRESENT + (path.target or "")) for path in parameter.paths])
    return f"NOT ({found})" if wanted == "true" else found


def _ids(query: Query, criterion: Criterion) -> str:
    if criterion.modifier not in ("", "not"):
        raise no_modifier(criterion)
    same = query.is_one_of([plain(value) for value in criterion.values])
    return f"NOT ({same})" if criterion.modifier == "not" else same


def _chain(query: Query, chain: Chain, at: Circumstances) -> str:
    keys = []
    for type_, condition in chain.targets:
        paths = referred.numbers(chain.parameter, type_)
        target = query.inner()
        target.of_type(type_)
        add(target, [condition], at)
        keys.append(query.keys_referring(paths, target, at.bases))
        if _in_index(condition):
            container = query.contained(paths)
            add(container, [condition], at)
            keys.append(container.keys())
    return query.gathered(keys)


def _in_index(condition: Condition) -> bool:
    """Whether the index alone answers ``condition``, which it then does of contained resources too
    (search.html#contained)."""
    if not isinstance(condition, Criterion) or condition.parameter.code in (*SPECIAL, "_id", "_lastUpdated"):
        return False
    return condition.modifier in ("", "exact", "contains", "identifier", "of-type") and not condition.comparison


def _has(query: Query, has: Has, at: Circumstances, narrowed: bool) -> str:
    source = query.inner()
    source.of_type(has.type)
    add(source, [has.condition], at)
    type_ = query.type
    if narrowed:
        return query.is_referred_to(referred.numbers(has.parameter, type_), source, at.bases)
    return query.is_named_by(referred.json_paths(has.parameter), source, referred.id_pattern(type_, at))
