"""Composite parameters: several values in one element (hl7.org/fhir/R4/search.html#composite)."""

from __future__ import annotations

from collections.abc import Sequence

from . import reference
from .circumstances import Circumstances, no_modifier
from .coded import token_forms
from .criterion import Criterion
from .hashing import number_of, reference_number, token_number
from .indexing import pair_path
from .ordered import compared, in_rows, in_strings, read_number, span_of
from .parameter import Composite, Path
from .path import Key, json_path
from .query import Query, either
from .words import plain, prefixed, split, unfit


def composed(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A composite parameter; modifiers are not used on them."""
    if criterion.modifier:
        raise no_modifier(criterion)
    composites = criterion.parameter.composites
    each = []
    for value in criterion.values:
        parts = split(value, "$")
        if len(parts) != len(composites[0].parts):
            many = len(composites[0].parts)
            english, chinese = f"{many} values joined by '$' are expected", f"应为以“$”连接的 {many} 个值"
            raise unfit(criterion.name, english, chinese, "value")
        each += [_matching(query, criterion, one, parts, at) for one in composites]
    return either(each)


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
        return in_strings(query, numbers, [plain(value)])
    if kind in ("date", "quantity", "number"):
        return in_rows(query, kind, criterion, numbers, [value], at)
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
