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
        most = 1.0 if name.endswith("_share") or name == "no_show" else math.inf
        least = 1.0 if name in ("departments", "doctors") else 0.0
        if not math.isfinite(value) or not least <= value <= most:
            raise XinglinError(
                Category.INVALID,
                f"{name}: {value} is outside {least:g} to {most:g}",
                f"{name}：{value} 超出 {least:g} 至 {most:g}",
                expression=name,
            )


def read_setting(text: str) -> tuple[str, float]:
    """NAME=VALUE; INVALID where it is not that."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise XinglinError(
            Category.INVALID, f"{text!r} is not NAME=VALUE", f"{text!r} 不是“名称=数值”", expression=name
        ) from error
