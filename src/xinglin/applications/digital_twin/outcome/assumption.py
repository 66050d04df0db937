"""What the reference hospital is taken to be: numbers with their range and where they come from, read from data."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from xinglin.foundation.errors import Category, XinglinError

Values = Mapping[str, float]
_WHOLE = ("departments", "doctors")
_MOST = {  # an afternoon follows a morning, and a queue whose load is 1 only grows
    "morning_minutes": 330.0, "afternoon_minutes": 600.0, "no_show": 0.9, "load": 1.2,
    "morning_share": 0.95, "weekday_swing": 0.6, "department_swing": 0.6, "test_room_load": 0.95,
    "ward_test_load": 0.98, "ward_consult_load": 0.98, "ward_theatre_load": 0.98,
}  # fmt: skip
Part = Literal["reference_hospital", "reference_wards"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number: ``low`` and ``high`` are what the sensitivity tries; ``source`` begins with "assumed" without one."""

    name: str
    value: float
    low: float
    high: float
    english: str
    chinese: str
    source: str


def assumptions(part: Part) -> tuple[Assumption, ...]:
    """Every assumption of a part, in the order of its file."""
    read = tomllib.loads(files(__package__).joinpath(f"{part}.toml").read_text("utf-8"))
    return tuple(Assumption(name, **row) for name, row in read.items())


def values(part: Part, settings: Mapping[str, float] | None = None) -> dict[str, float]:
    """The numbers of a part with some set otherwise; names of other parts are left alone (see ``check_settings``)."""
    known = {each.name: float(each.value) for each in assumptions(part)}
    return known | {name: value for name, value in (settings or {}).items() if name in known}


def check_settings(settings: Mapping[str, float]) -> None:
    """INVALID, in words, where a name is not known or a number cannot be."""
    known = {each.name: each for part in ("reference_hospital", "reference_wards") for each in assumptions(part)}
    for name, value in settings.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = (f"; did you mean {near[0]}?", f"；是否指 {near[0]}？") if near else ("", "")
            raise XinglinError(
                Category.INVALID,
                f"{name}: no such assumption{hint[0]}",
                f"{name}：没有这一假设{hint[1]}",
                expression=name,
            )
        least, most = bounds(known[name])
        if not math.isfinite(value) or not least <= value <= most:
            raise XinglinError(
                Category.INVALID,
                f"{name}: {value} is outside {least:g} to {most:g}",
                f"{name}：{value} 超出 {least:g} 至 {most:g}",
                expression=name,
            )
        if name in _WHOLE and value != int(value):
            raise XinglinError(
                Category.INVALID, f"{name}: {value} is not a whole number", f"{name}：须为整数", expression=name
            )


def bounds(of: Assumption) -> tuple[float, float]:
    """What may be set: a fifth of the range's low end to five times its high end, as far as such a house can be."""
    return of.low / 5, min(5 * of.high, _MOST.get(of.name, 1.0 if of.name.endswith("_share") else math.inf))


def read_setting(text: str) -> tuple[str, float]:
    """NAME=VALUE; INVALID where it is not that."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise XinglinError(
            Category.INVALID, f"{text!r} is not NAME=VALUE", f"{text!r} 不是“名称=数值”", expression=name
        ) from error
