"""Each kind of search parameter as a condition in SQL (hl7.org/fhir/R4/search.html#ptypes)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from . import date, quantity, reference, text, token
from .hashing import number_of, token_number
from .indexing import EXACT, PRESENT, pair_path
from .parameter import Composite, Parameter, Path
from .query import Query
from .request import Criterion
from .words import plain, prefixed, split, unfit

_LAST_CHARACTER = "\U0010ffff"
_APPROXIMATELY = 0.1
_SHORT = timedelta(days=1)  # as the partial index search_date_long has it

_ROW_TIMES = {
    "ne": "NOT (r.updated >= {start} AND r.updated < {end})",
    "gt": "r.updated >= {end}",
    "sa": "r.updated >= {end}",
    "lt": "r.updated < {start}",
    "eb": "r.updated < {start}",
    "ge": "r.updated >= {start}",
    "le": "r.updated < {end}",
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
}


def add(query: Query, criterion: Criterion, own_base: str, now: datetime) -> None:
    """Narrow ``query`` by ``criterion``; ``own_base`` is this server's FHIR URL, ``now`` serves ``ap``.

    Raises INVALID for a modifier or value that the parameter's type does not have.
    """
    parameter, modifier = criterion.parameter, criterion.modifier
    if modifier == "missing":
        _missing(query, criterion)
    elif parameter.code == "_id":
        query.where(_ids(query, criterion))
    elif parameter.code == "_lastUpdated":
        query.where(_updated(query, criterion, now))
    elif parameter.type in ("token", "reference", "uri"):
        _tokens(query, criterion, own_base)
    elif parameter.type == "string":
        _strings(query, criterion)
    elif modifier:
        raise _no_modifier(criterion)
    else:
        query.where(_ordered(query, criterion, now))


def reference_tokens(parameter: Parameter, targets: Iterable[str]) -> list[int]:
    """The tokens of references in ``parameter`` to any of ``targets`` (``Type/id``)."""
    return [token_number(path.text, target) for target in targets for path in parameter.paths]


def _missing(query: Query, criterion: Criterion) -> None:
    wanted = criterion.values[0]
    if criterion.values not in (("true",), ("false",)):
        raise unfit(criterion.name, "true or false is expected", "应为 true 或 false", "value")
    present = [token_number(path.text, PRESENT + (path.target or "")) for path in criterion.parameter.paths]
    if not present:
        raise _no_modifier(criterion)
    overlap = query.has_any(present)
    query.where(f"NOT ({overlap})" if wanted == "true" else overlap)


def _ids(query: Query, criterion: Criterion) -> str:
    if criterion.modifier not in ("", "not"):
        raise _no_modifier(criterion)
    same = f"r.id = ANY({query.bind([plain(value) for value in criterion.values], 'text[]')})"
    return f"NOT ({same})" if criterion.modifier == "not" else same


def _updated(query: Query, criterion: Criterion, now: datetime) -> str:
    if criterion.modifier:
        raise _no_modifier(criterion)
    each = []
    for value in criterion.values:
        prefix, (low, high) = _span(criterion.name, value, now)
        template = _ROW_TIMES.get(prefix, "r.updated >= {start} AND r.updated < {end}")
        each.append(query.fill(template, "timestamptz", start=low, end=high))
    return _any(each)


def _tokens(query: Query, criterion: Criterion, own_base: str) -> None:
    makers: dict[str, Callable[[Criterion, str], list[int]]] = {
        "token": _token_numbers,
        "reference": _reference_numbers,
        "uri": _uri_numbers,
    }
    numbers = sorted(set(makers[criterion.parameter.type](criterion, own_base)))
    if criterion.modifier == "not":
        query.where(f"NOT ({query.has_any(numbers)})")
    elif len(numbers) == 1:
        query.require(numbers[0])
    else:
        query.where(query.has_any(numbers))


def _token_numbers(criterion: Criterion, own_base: str) -> list[int]:
    if criterion.modifier not in ("", "not"):
        raise _no_modifier(criterion)
    return [
        token_number(path.text, form)
        for value in criterion.values
        for path in criterion.parameter.paths
        for form in token_forms(value, path)
    ]


def token_forms(value: str, path: Path) -> list[str]:
    """The forms that a token value asks for on ``path``."""
    parts = split(value, "|")
    if len(parts) == 1 or path.system_implied:
        return [token.asked(None, plain(parts[-1]))]
    return [token.asked(plain(parts[0]), plain("|".join(parts[1:])))]


def _reference_numbers(criterion: Criterion, own_base: str) -> list[int]:
    parameter, modifier = criterion.parameter, criterion.modifier
    if modifier == "identifier":
        return [
            token_number(path.text, reference.IDENTIFIER + form)
            for value in criterion.values
            for path in parameter.paths
            for form in token_forms(value, path)
        ]
    if modifier and modifier not in parameter.targets:
        raise _no_modifier(criterion)
    return [
        token_number(path.text, form)
        for value in criterion.values
        for path in parameter.paths
        for form in _reference_forms(plain(value), path, modifier, parameter, own_base)
    ]


def _reference_forms(value: str, path: Path, modifier: str, parameter: Parameter, own_base: str) -> list[str]:
    if value.startswith(own_base + "/"):
        value = value[len(own_base) + 1 :]
    local = reference.local(value)
    if local:
        return [local] if not path.target or local.startswith(path.target + "/") else []
    if "/" in value or ":" in value:
        return [value]
    types = [modifier] if modifier else [path.target] if path.target else parameter.targets
    return [f"{type_}/{value}" for type_ in types] + [value]


def _uri_numbers(criterion: Criterion, own_base: str) -> list[int]:
    if criterion.modifier:
        raise _no_modifier(criterion)
    return [token_number(path.text, plain(value)) for value in criterion.values for path in criterion.parameter.paths]


def _strings(query: Query, criterion: Criterion) -> None:
    modifier, paths = criterion.modifier, criterion.parameter.paths
    values = [plain(value) for value in criterion.values]
    if modifier == "exact":
        numbers = [token_number(path.text, EXACT + value) for value in values for path in paths]
        query.where(query.has_any(numbers))
        return
    if modifier not in ("", "contains"):
        raise _no_modifier(criterion)
    query.where(_in_strings(query, [path.number for path in paths], values, modifier == "contains"))


def _in_strings(query: Query, paths: Sequence[int], values: Sequence[str], anywhere: bool) -> str:
    each = []
    for value in map(text.normal, values):
        if anywhere:
            pattern = "%" + value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
            each.append(f"s.value LIKE {query.bind(pattern, 'text')}")
        else:
            low, high = query.bind(value, "text"), query.bind(value + _LAST_CHARACTER, "text")
            each.append(f"s.value >= {low} AND s.value < {high}")
    return query.rows_within("string", paths, _any(each))


def _ordered(query: Query, criterion: Criterion, now: datetime) -> str:
    parameter = criterion.parameter
    if parameter.type == "composite":
        return _any([_composite(query, criterion, value, now) for value in criterion.values])
    numbers = [path.number for path in parameter.paths]
    return _in_rows(query, parameter.type, criterion.name, numbers, criterion.values, now)


def _in_rows(query: Query, kind: str, name: str, paths: Sequence[int], values: Sequence[str], now: datetime) -> str:
    if kind == "date":
        return query.rows_within("date", paths, _any([_date(query, name, value, now) for value in values]))
    return query.rows_within("quantity", paths, _any([_amount(query, name, value) for value in values]))


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


def _date(query: Query, name: str, value: str, now: datetime) -> str:
    """A value's range [low, high) against the stored ranges; see ``date`` for what a range is.

    What ends after an instant is sought in two parts, so that the index is read from the right place:
    short ranges begin at most a day before it, long ones have an index by their end.
    """
    prefix, (low, high) = _span(name, value, now)
    template = _TIMES[prefix]
    if prefix == "ge" and high - low < _SHORT:
        template += " OR (s.low >= {day_before} AND s.high > {end})"
    start = high if prefix == "gt" else low
    day_before = max(start - _SHORT, date.FIRST)
    return query.fill(template, "timestamptz", start=low, end=high, day_before=day_before)


def _amount(query: Query, name: str, value: str) -> str:
    parts = split(value, "|")
    prefix, number = prefixed(parts[0])
    try:
        amount = float(number) if number.isascii() and "_" not in number else float("nan")
    except ValueError:
        amount = float("nan")
    if not -quantity.UNBOUNDED < amount < quantity.UNBOUNDED:
        raise unfit(name, f"'{number[:40]}' is not a number", f"“{number[:40]}”不是数值", "value")
    condition = _compared(query, prefix, amount, _half_step(number))
    if len(parts) == 3 and parts[2]:
        system, code = plain(parts[1]), plain(parts[2])
        if system:
            unit = query.bind(number_of(f"{system}|{code}"), "bigint")
            return f"({condition}) AND s.unit = {unit}"
        return f"({condition}) AND s.code = {query.bind(number_of(code), 'bigint')}"
    if len(parts) not in (1, 3):
        raise unfit(name, "write number|system|code", "应写作 数值|系统|代码", "value")
    return condition


def _compared(query: Query, prefix: str, amount: float, half_step: float) -> str:
    margin = max(half_step, abs(amount) * _APPROXIMATELY) if prefix == "ap" else half_step
    return query.fill(_AMOUNTS[prefix], "float8", exact=amount, least=amount - margin, most=amount + margin)


def _half_step(number: str) -> float:
    """Half a unit of the last digit written: ``5.4`` means 5.35 up to 5.45."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    power = int(exponent) if exponent else 0
    return float(0.5 * 10.0 ** min(max(power - decimals, -300), 300))


def _composite(query: Query, criterion: Criterion, value: str, now: datetime) -> str:
    parts = split(value, "$")
    if len(parts) != 2:
        raise unfit(criterion.name, "two values joined by '$' are expected", "应为以“$”连接的两个值", "value")
    found = [_pair(query, criterion.name, one, parts, now) for one in criterion.parameter.composites]
    return _any(found)


def _pair(query: Query, name: str, composite: Composite, parts: Sequence[str], now: datetime) -> str:
    (_, first_paths), (kind, second_paths) = composite.parts
    if composite.at_root:
        first = [token_number(path.text, form) for path in first_paths for form in token_forms(parts[0], path)]
        second = _second(query, kind, name, [path.text for path in second_paths], parts[1], second_paths, now)
        return f"({query.has_any(first)} AND {second})"
    texts = list(
        dict.fromkeys(pair_path(composite.text, form) for path in first_paths for form in token_forms(parts[0], path))
    )
    return _second(query, kind, name, texts, parts[1], second_paths, now)


def _second(
    query: Query, kind: str, name: str, texts: Sequence[str], value: str, paths: Sequence[Path], now: datetime
) -> str:
    numbers = [number_of(one) for one in texts]
    if kind == "string":
        return _in_strings(query, numbers, [plain(value)], False)
    if kind in ("date", "quantity", "number"):
        return _in_rows(query, kind, name, numbers, [value], now)
    if kind == "token":
        forms = {form for path in paths for form in token_forms(value, path)}
    else:
        forms = {reference.local(plain(value)) or plain(value)}
    tokens = [token_number(one, form) for one in texts for form in forms]
    return query.has_any(tokens)


def _any(conditions: Sequence[str]) -> str:
    return "(" + " OR ".join(f"({one})" for one in conditions) + ")"


def _no_modifier(criterion: Criterion) -> Exception:
    return unfit(
        criterion.name,
        f"the modifier ':{criterion.modifier}' is not supported for '{criterion.parameter.code}'",
        f"参数“{criterion.parameter.code}”不支持修饰符“:{criterion.modifier}”",
        "not-supported",
    )
