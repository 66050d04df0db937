"""Strings, dates, numbers and quantities: values that have an order (hl7.org/fhir/R4/search.html#prefix)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from . import date, quantity, text
from .circumstances import Circumstances, no_modifier
from .criterion import Criterion
from .hashing import number_of, token_number
from .indexing import EXACT
from .query import Query, either
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
_LONG_AFTER_END = "(s.high > {end} AND s.high - s.low > interval '1 day')"
_TIMES = {
    "eq": "s.low >= {start} AND s.low < {end} AND s.high <= {end}",
    "ne": "s.low < {start} OR s.high > {end}",
    "gt": "(s.low >= {day_before} AND s.high > {end}) OR " + _LONG_AFTER_END,
    "ge": "s.low >= {start} OR " + _LONG_AFTER_END,
    "lt": "s.low < {start}",
    "le": "s.low < {start} OR (s.low < {end} AND s.high <= {end})",
    "sa": "s.low >= {end}",
    "eb": "s.low < {start} AND s.high <= {start}",
    "ap": "s.low < {end} AND s.high > {start}",
    "po": "s.low < {end} AND s.high > {start}",
    "co": "s.low <= {start} AND s.high >= {end}",
}
_INSIDE = "s.low >= {least} AND s.low < {most} AND s.high < {most}"
_AMOUNTS = {
    "eq": _INSIDE,
    "ne": f"NOT ({_INSIDE})",
    "gt": "s.low > {exact} OR (s.high > {exact} AND s.low < s.high)",
    "ge": "s.low >= {exact} OR (s.high >= {exact} AND s.low < s.high)",
    "lt": "s.low < {exact}",
    "le": "s.low <= {exact}",
    "sa": "s.low > {exact}",
    "eb": "s.low < {exact} AND s.high < {exact}",
    "ap": "s.low <= {most} AND s.high >= {least}",
    "co": "s.low < {most} AND s.high >= {least}",
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
    modifier, paths = criterion.modifier, criterion.parameter.paths
    values = [plain(value) for value in criterion.values]
    if modifier == "exact":
        return query.has_any(token_number(path.text, EXACT + value) for value in values for path in paths)
    if modifier not in ("", "contains", "text"):
        raise no_modifier(criterion)
    comparison = criterion.comparison or ("co" if modifier else "sw")
    return in_strings(query, [path.number for path in paths], values, comparison)


def in_strings(query: Query, paths: Sequence[int], values: Sequence[str], comparison: str = "sw") -> str:
    """The condition that a string under ``paths`` compares so to one of ``values``."""
    each = []
    for asked in values:
        for value in text.asked(asked):
            escaped = like_literal(value)
            each.append(
                query.fill(
                    _STRINGS[comparison],
                    "text",
                    value=value,
                    after=value + _LAST_CHARACTER,
                    anywhere=f"%{escaped}%",
                    ending=f"%{escaped}",
                )
            )
    return query.among([query.keys_within("string", paths, either(each))])


def like_literal(value: str) -> str:
    """``value`` as LIKE takes it literally."""
    return value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def ordered(query: Query, criterion: Criterion, at: Circumstances) -> str:
    """A date, number or quantity parameter."""
    if criterion.modifier:
        raise no_modifier(criterion)
    paths = criterion.parameter.paths
    kind, numbers = criterion.parameter.type, [path.number for path in paths]
    return in_rows(query, kind, criterion, numbers, criterion.values, at)


def in_rows(
    query: Query, kind: str, criterion: Criterion, paths: Sequence[int], values: Sequence[str], at: Circumstances
) -> str:
    """The condition that a value of ``kind`` under ``paths`` matches one of ``values``."""
    if kind == "date":
        each = [_date(query, criterion, value, at.now) for value in values]
        return query.among([query.keys_within("date", paths, either(each))])
    return query.among([_amount(query, kind, criterion, paths, value) for value in values])


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


def _date(query: Query, criterion: Criterion, value: str, now: datetime) -> str:
    """A value's range [low, high) against the stored ranges; see ``date`` for what a range is.

    What ends after an instant is sought in two parts, so that the index is read from the right place:
    short ranges begin at most a day before it, long ones have an index by their end.
    """
    prefix, (low, high) = _span(criterion.name, value, now)
    prefix = criterion.comparison or prefix
    template = _TIMES[prefix]
    if prefix == "ge" and high - low < _SHORT:
        template += " OR (s.low >= {day_before} AND s.high > {end})"
    start = high if prefix == "gt" else low
    day_before = max(start - _SHORT, date.FIRST)
    return query.fill(template, "timestamptz", start=low, end=high, day_before=day_before)


def _amount(query: Query, kind: str, criterion: Criterion, paths: Sequence[int], value: str) -> str:
    parts = split(value, "|")
    prefix, number = prefixed(parts[0])
    prefix = criterion.comparison or prefix
    amount = read_number(criterion.name, number)
    least, most = span_of(prefix, amount, number)
    if len(parts) not in (1, 3):
        raise unfit(criterion.name, "write number|system|code", "应写作 数值|系统|代码", "value")
    system, code = (plain(parts[1]), plain(parts[2])) if len(parts) == 3 else ("", "")
    if system and code and kind == "quantity":
        canonical = quantity.in_canonical(system, code)
        if canonical is not None:
            inner = compared(query, prefix, *(canonical.of(one) for one in (amount, least, most)))
            unit = query.bind(canonical.unit, "bigint")
            numbers = [quantity.canonical_path(path) for path in paths]
            return query.keys_within("quantity", numbers, f"({inner}) AND s.unit = {unit}")
    condition = compared(query, prefix, amount, least, most)
    if system and code:
        condition = f"({condition}) AND s.unit = {query.bind(number_of(f'{system}|{code}'), 'bigint')}"
    elif code:
        condition = f"({condition}) AND s.code = {query.bind(number_of(code), 'bigint')}"
    return query.keys_within("quantity", paths, condition)


def compared(query: Query, prefix: str, exact: float, least: float, most: float) -> str:
    """The condition on an amount ``s`` with this prefix."""
    return query.fill(_AMOUNTS[prefix], "float8", exact=exact, least=least, most=most)


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
