"""Composite parameters: several values in one element (hl7.org/fhir/R4/search.html#composite)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import reference
from .circumstances import Circumstances, no_modifier
from .coded import code_of, token_forms
from .criterion import Criterion
from .hashing import number_of, reference_number, token_number
from .ordered import compared, read_number, span_of, spans_of_strings, spans_of_values
from .pairs import has_pairs, pair_path
from .parameter import Composite, Path
from .path import Key, json_path
from .query import Query, either
from .stretch import Span, any_of
from .token import asked
from .words import plain, prefixed, split, unfit


def composed(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A composite parameter; modifiers are not used on them."""
    each = []
    for composite, parts in _asked(criterion):
        spans = _spans(query, criterion, composite, parts, at)
        each.append(any_of(query, spans) if spans else _matching(query, criterion, composite, parts, at))
    return either(each)


def composed_spans(query: Query, criterion: Criterion, at: Circumstances) -> list[Span] | None:
    """Where the second values that a composite asks for lie, by the first; None where a part of what it asks is not
    among ordered values."""
    found: list[Span] = []
    for composite, parts in _asked(criterion):
        spans = _spans(query, criterion, composite, parts, at)
        if not spans:
            return None
        found += spans
    return found


def _asked(criterion: Criterion) -> list[tuple[Composite, list[str]]]:
    """Each composite with each value in its parts."""
    if criterion.modifier:
        raise no_modifier(criterion)
    composites = criterion.parameter.composites
    values = [split(value, "$") for value in criterion.values]
    many = len(composites[0].parts)
    if any(len(parts) != many for parts in values):
        english, chinese = f"{many} values joined by '$' are expected", f"应为以“$”连接的 {many} 个值"
        raise unfit(criterion.name, english, chinese, "value")
    return [(composite, parts) for parts in values for composite in composites]


def _spans(
    query: Query, criterion: Criterion, composite: Composite, parts: Sequence[str], at: Circumstances
) -> list[Span]:
    """The spans of one composite; none where its second value is not indexed by the first, or not as ordered."""
    if len(parts) > 2:
        return []
    (_, first_paths), (kind, _) = composite.parts
    if kind not in ("date", "quantity", "number", "string"):
        return []
    forms = [form for path in first_paths for form in token_forms(parts[0], path)]
    besides = ""
    if composite.at_root:
        _, bare = code_of(parts[0])
        if not has_pairs(composite) or not bare:
            return []
        if forms != [asked(None, bare)]:
            besides = query.has_any(token_number(path.text, form) for path in first_paths for form in forms)
        forms = [asked(None, bare)]
    paths = list(dict.fromkeys(number_of(pair_path(composite.text, form)) for form in forms))
    if kind == "string":
        return spans_of_strings(query, paths, [plain(parts[1])])
    return [replace(span, besides=besides) for span in spans_of_values(query, kind, criterion, paths, parts[1:], at)]


def _matching(query: Query, criterion: Criterion, composite: Composite, parts: Sequence[str], at: Circumstances) -> str:
    if len(parts) > 2:
        return _several(query, criterion, composite, parts)
    (_, first_paths), (kind, second_paths) = composite.parts
    if composite.at_root:
        first = [token_number(path.text, form) for path in first_paths for form in token_forms(parts[0], path)]
        texts = [path.text for path in second_paths]
        return f"({query.has_any(first)} AND {_second(query, kind, criterion, texts, parts[1], second_paths, at)})"
    texts = list(
        dict.fromkeys(pair_path(composite.text, form) for path in first_paths for form in token_forms(parts[0], path))
    )
    return _second(query, kind, criterion, texts, parts[1], second_paths, at)


def _second(
    query: Query,
    kind: str,
    criterion: Criterion,
    texts: Sequence[str],
    value: str,
    paths: Sequence[Path],
    at: Circumstances,
) -> str:
    numbers = [number_of(one) for one in texts]
    if kind == "string":
        return any_of(query, spans_of_strings(query, numbers, [plain(value)]))
    if kind in ("date", "quantity", "number"):
        return any_of(query, spans_of_values(query, kind, criterion, numbers, [value], at))
    if kind == "token":
        forms = {form for path in paths for form in token_forms(value, path)}
        return query.has_any(token_number(one, form) for one in texts for form in forms)
    form = reference.local(plain(value)) or plain(value)
    return query.has_any(reference_number(number, form) for number in numbers)


def _several(query: Query, criterion: Criterion, composite: Composite, parts: Sequence[str]) -> str:
    """A token and numbers in one element, which R4 has for MolecularSequence alone: the token by the index, the
    numbers in the content of what has it."""
    (_, token_paths), *others = composite.parts
    tokens = [token_number(path.text, form) for path in token_paths for form in token_forms(parts[0], path)]
    conditions = []
    for (_, paths), value in zip(others, parts[1:], strict=True):
        prefix, written = prefixed(plain(value))
        amount = read_number(criterion.name, written)
        condition = compared(query, prefix, amount, *span_of(prefix, amount, written))
        (name,) = (step.name for path in paths for step in path.places[0].way if isinstance(step, Key))
        conditions.append(query.amount_within(name, condition))
    elements = [json_path(context.way) for context in composite.context]
    return f"({query.has_any(tokens)} AND {query.some_element(elements, conditions)})"
