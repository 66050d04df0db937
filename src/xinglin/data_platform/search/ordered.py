"""Strings, dates, numbers and quantities: values that have an order (hl7.org/fhir/R4/search.html#prefix)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from . import date, quantity, text
from .circumstances import Circumstances, no_modifier
from .criterion import Criterion
from .hashing import number_of, token_number
from .indexing import EXACT
from .query import Query, either
from .stretch import Branch, Span, any_of
from .unit import UNBOUNDED
from .words import plain, prefixed, split, unfit

_LAST_CHARACTER = "\U0010ffff"
_APPROXIMATELY = 0.1
_SHORT = timedelta(days=1)  # as the partial index of long ranges has it

_ROW_TIMES = {
    "eq": "{row}.updated >= {start} AND {row}.updated < {end}",
    "ne": "NOT ({row}.updated >= {start} AND {row}.updated < {end})",
    "gt": "{row}.updated >= {end}",
    "sa": "{row}.updated >= {end}",
    "lt": "{row}.updated < {start}",
    "eb": "{row}.updated < {start}",
    "ge": "{row}.updated >= {start}",
    "le": "{row}.updated < {end}",
}
_Branches: TypeAlias = "tuple[tuple[str, bool], ...]"  # a template, and whether the index by the end answers it
_LONG = " AND s.high - s.low > interval '1 day'"
_ENDS_AFTER = (("s.low >= {day_before} AND s.low < {since} AND s.high > {since}", False),)
_LONG_ENDS_AFTER = (("s.high > {since} AND s.low < {since}" + _LONG, True),)
_TIMES: Mapping[str, _Branches] = {
    "eq": (("s.low >= {start} AND s.low < {end} AND s.high <= {end}", False),),
    "ne": (
        ("s.low < {start}", False),
        ("s.low >= {end} AND s.high > {end}", False),
        ("s.low >= {start} AND s.low < {end} AND s.high > {end}", False),
    ),
    "gt": (("s.low >= {since} AND s.high > {since}", False), *_ENDS_AFTER, *_LONG_ENDS_AFTER),
    "ge": (("s.low >= {start}", False), ("s.high > {end} AND s.low < {start}" + _LONG, True)),
    "lt": (("s.low < {start}", False),),
    "le": (("s.low < {start}", False), ("s.low >= {start} AND s.low < {end} AND s.high <= {end}", False)),
    "sa": (("s.low >= {end}", False),),
    "eb": (("s.low < {start} AND s.high <= {start}", False),),
    "ap": (("s.low >= {since} AND s.low < {end} AND s.high > {since}", False), *_ENDS_AFTER, *_LONG_ENDS_AFTER),
    "po": (("s.low >= {since} AND s.low < {end} AND s.high > {since}", False), *_ENDS_AFTER, *_LONG_ENDS_AFTER),
    "co": (
        ("s.low >= {day_before} AND s.low <= {start} AND s.high >= {end}", False),
        ("s.high >= {end} AND s.low <= {start}" + _LONG, True),
    ),
}
_SHORT_GE = ("s.low >= {day_before} AND s.low < {start} AND s.high > {end}", False)
_INSIDE = "s.low >= {least} AND s.low < {most} AND s.high < {most}"
_WIDE = " AND s.low < s.high"
_AMOUNTS: Mapping[str, _Branches] = {
    "eq": ((_INSIDE, False),),
    "ne": (
        ("s.low < {least}", False),
        ("s.low >= {most}", False),
        ("s.high >= {most} AND s.low >= {least} AND s.low < {most}" + _WIDE, True),
    ),
    "gt": (("s.low > {exact}", False), ("s.high > {exact} AND s.low <= {exact}" + _WIDE, True)),
    "ge": (("s.low >= {exact}", False), ("s.high >= {exact} AND s.low < {exact}" + _WIDE, True)),
    "lt": (("s.low < {exact}", False),),
    "le": (("s.low <= {exact}", False),),
    "sa": (("s.low > {exact}", False),),
    "eb": (("s.low < {exact} AND s.high < {exact}", False),),
    "ap": (
        ("s.low >= {least} AND s.low <= {most}", False),
        ("s.high >= {least} AND s.low < {least}" + _WIDE, True),
    ),
    "co": (
        ("s.low >= {least} AND s.low < {most}", False),
        ("s.high >= {least} AND s.low < {least}" + _WIDE, True),
    ),
}
_STRINGS: dict[str, str] = {
    "eq": "s.value = {value}",
    "ne": "s.value <> {value}",
    "gt": "s.value > {value}",
    "ge": "s.value >= {value}",
    "lt": "s.value < {value}",
    "le": "s.value <= {value}",
    "sw": "s.value >= {value} AND s.value < {after}",
    "co": "s.value LIKE {anywhere}",
    "ew": "s.value LIKE {ending}",
}


def updated(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """``_lastUpdated``, which is a column of the row."""
    if criterion.modifier:
        raise no_modifier(criterion)
    each = []
    for value in criterion.values:
        prefix, (low, high) = _span(criterion.name, value, at.now)
        template = _ROW_TIMES.get(prefix, _ROW_TIMES["eq"])
        each.append(query.fill(template, "timestamptz", start=low, end=high))
    return either(each)


def strings(query: Query, criterion: Criterion) -> str:
    """A string parameter with its modifiers."""
    if criterion.modifier == "exact":
        values, paths = [plain(value) for value in criterion.values], criterion.parameter.paths
        return query.has_any(token_number(path.text, EXACT + value) for value in values for path in paths)
    spans, wanted = string_spans(query, criterion), held_trigrams(criterion)
    if not wanted or query.of_contained:
        return any_of(query, spans)
    each = [
        f"{query.has_all(numbers)} AND {query.has_value('string', span.paths, span.branches[0].condition)}"
        for numbers, span in zip(wanted, spans, strict=True)
    ]
    return either(each)


def held_trigrams(criterion: Criterion) -> list[frozenset[int]]:
    """For a string that may stand anywhere in a value, the trigrams that a resource with each of its forms has; none
    where a form is too short to have any, or another comparison is asked."""
    if criterion.modifier not in ("contains", "text") and criterion.comparison not in ("co", "ew"):
        return []
    found = [text.trigrams(form) for value in criterion.values for form in text.asked(plain(value))]
    return found if all(found) else []


def string_spans(query: Query, criterion: Criterion) -> list[Span]:
    """Where the strings that a parameter without ``:exact`` asks for lie."""
    if criterion.modifier not in ("", "contains", "text"):
        raise no_modifier(criterion)
    comparison = criterion.comparison or ("co" if criterion.modifier else "sw")
    paths = [path.number for path in criterion.parameter.paths]
    return spans_of_strings(query, paths, [plain(value) for value in criterion.values], comparison)


def spans_of_strings(query: Query, paths: Sequence[int], values: Sequence[str], comparison: str = "sw") -> list[Span]:
    """Where strings under ``paths`` lie that compare so to one of ``values``."""
    each = []
    for asked in values:
        for value in text.asked(asked):
            escaped = like_literal(value)
            condition = query.fill(
                _STRINGS[comparison],
                "text",
                value=value,
                after=value + _LAST_CHARACTER,
                anywhere=f"%{escaped}%",
                ending=f"%{escaped}",
            )
            each.append(Span("string", tuple(paths), (Branch(condition),)))
    return each


def like_literal(value: str) -> str:
    """``value`` as LIKE takes it literally."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def ordered(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A date, number or quantity parameter."""
    return any_of(query, ordered_spans(query, criterion, at))


def ordered_spans(query: Query, criterion: Criterion, at: Circumstances) -> list[Span]:
    """Where the values that a date, number or quantity parameter asks for lie."""
    if criterion.modifier:
        raise no_modifier(criterion)
    paths = [path.number for path in criterion.parameter.paths]
    return spans_of_values(query, criterion.parameter.type, criterion, paths, criterion.values, at)


def spans_of_values(
    query: Query, kind: str, criterion: Criterion, paths: Sequence[int], values: Sequence[str], at: Circumstances
) -> list[Span]:
    """Where values of ``kind`` under ``paths`` lie that match one of ``values``."""
    if kind == "date":
        return [Span("date", tuple(paths), _dates(query, criterion, value, at.now)) for value in values]
    return [_amounts(query, kind, criterion, paths, value) for value in values]


def _span(name: str, value: str, now: datetime) -> tuple[str, date.Range]:
    prefix, rest = prefixed(plain(value))
    try:
        low, high = date.span(rest.replace(" ", "+"))
    except ValueError as error:
        raise unfit(name, f"'{rest[:40]}' is not a date", f"“{rest[:40]}”不是日期", "value") from error
    if prefix == "ap":
        margin = abs(now - low) * _APPROXIMATELY
        low = low - margin if low - date.FIRST > margin else date.FIRST
        high = high + margin if date.LAST - high > margin else date.LAST
    return prefix, (low, high)


def _dates(query: Query, criterion: Criterion, value: str, now: datetime) -> tuple[Branch, ...]:
    """A value's range [low, high) against the stored ranges; see ``date`` for what a range is.

    What ends after an instant is sought in parts, so that the index is read from the right place: short ranges begin
    at most a day before it, long ones have an index by their end.
    """
    prefix, (low, high) = _span(criterion.name, value, now)
    prefix = criterion.comparison or prefix
    templates = _TIMES[prefix]
    if prefix == "ge" and high - low < _SHORT:
        templates += (_SHORT_GE,)
    since = high if prefix == "gt" else low
    day_before = max(since - _SHORT, date.FIRST)
    return _filled(query, templates, "timestamptz", start=low, end=high, since=since, day_before=day_before)


def _amounts(query: Query, kind: str, criterion: Criterion, paths: Sequence[int], value: str) -> Span:
    parts = split(value, "|")
    prefix, number = prefixed(parts[0])
    prefix = criterion.comparison or prefix
    amount = read_number(criterion.name, number)
    least, most = span_of(prefix, amount, number)
    if len(parts) not in (1, 3):
        raise unfit(criterion.name, "write number|system|code", "应写作 数值|系统|代码", "value")
    system, code = (plain(parts[1]), plain(parts[2])) if len(parts) == 3 else ("", "")
    unit = ""
    if system and code and kind == "quantity":
        canonical = quantity.in_canonical(system, code)
        if canonical is not None:
            amount, least, most = (canonical.of(one) for one in (amount, least, most))
            paths = [quantity.canonical_path(path, canonical.unit) for path in paths]
            system = code = ""
            unit = f" AND s.unit = {query.bind(canonical.unit, 'bigint')}"
    if system and code:
        unit = f" AND s.unit = {query.bind(number_of(f'{system}|{code}'), 'bigint')}"
    elif code:
        unit = f" AND s.code = {query.bind(number_of(code), 'bigint')}"
    found = _filled(query, _AMOUNTS[prefix], "float8", exact=amount, least=least, most=most)
    return Span("quantity", tuple(paths), tuple(Branch(one.condition + unit, one.by_end) for one in found))


def _filled(query: Query, templates: _Branches, type_: str, **values: Any) -> tuple[Branch, ...]:
    return tuple(Branch(query.fill(template, type_, **values), by_end) for template, by_end in templates)


def compared(query: Query, prefix: str, exact: float, least: float, most: float) -> str:
    """The condition on an amount ``s`` with this prefix."""
    found = _filled(query, _AMOUNTS[prefix], "float8", exact=exact, least=least, most=most)
    return either([one.condition for one in found])


def read_number(name: str, number: str) -> float:
    """The number written. Raises INVALID for anything else, and for what no resource can hold."""
    try:
        amount = float(number) if number.isascii() and "_" not in number else float("nan")
    except ValueError:
        amount = float("nan")
    if not -UNBOUNDED < amount < UNBOUNDED:
        raise unfit(name, f"'{number[:40]}' is not a number", f"“{number[:40]}”不是数值", "value")
    return amount


def span_of(prefix: str, amount: float, number: str) -> tuple[float, float]:
    """What ``number`` covers: half a unit of its last digit to both sides, or a tenth of it for ``ap``."""
    half_step = _half_step(number)
    margin = max(half_step, abs(amount) * _APPROXIMATELY) if prefix == "ap" else half_step
    return amount - margin, amount + margin


def _half_step(number: str) -> float:
    """Half a unit of the last digit written: ``5.4`` means 5.35 up to 5.45.

    A single digit with an exponent counts a digit more, as R4's page has it: ``1e2`` means 95 up to 105.
    """
    mantissa, exponential, exponent = number.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    decimals = len(fraction)
    if exponential and decimals == 0 and len(whole.lstrip("+-")) == 1:
        decimals = 1
    power = int(exponent) if exponent else 0
    return float(0.5 * 10.0 ** min(max(power - decimals, -300), 300))
