"""The tests that can be explained: written by us from what laboratory handbooks and patient leaflets generally say
(WS/T 404 and 405 for what is measured; the critical limits are those of usual lists of critical values), for clinicians
to review."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Known:
    """One test; ``critical_low`` and ``critical_high`` are in ``unit`` (UCUM) and hold beside the laboratory's flag.
    ``urgent`` is the side of the reference range (``above``, or none) on which a doctor must judge any value now."""

    name_zh: str
    name_en: str
    what_zh: str
    what_en: str
    high_zh: str
    high_en: str
    low_zh: str
    low_en: str
    critical_low: float | None
    critical_high: float | None
    unit: str
    urgent: str


def known(codes: list[str], names: list[str]) -> Known | None:
    """The test with one of these LOINC codes, else with exactly one of these names."""
    by_code, by_name = _table()
    for table, asked in ((by_code, codes), (by_name, names)):
        for one in asked:
            if one in table:
                return table[one]
    return None


@cache
def _table() -> tuple[dict[str, Known], dict[str, Known]]:
    by_code: dict[str, Known] = {}
    by_name: dict[str, Known] = {}
    with (Path(__file__).parent / "tests.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            codes, aliases = row["loinc"].split(), row["aliases"].split()
            limits = [float(row[name]) if row[name] else None for name in ("critical_low", "critical_high")]
            words = {name: row[name] for name in Known.__dataclass_fields__ if name in row and "critical" not in name}
            one = Known(**words, critical_low=limits[0], critical_high=limits[1])
            by_code |= dict.fromkeys(codes, one)
            by_name |= dict.fromkeys([*aliases, one.name_zh, one.name_en], one)
    return by_code, by_name
