"""``expected.txt``, read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hospitals import SITUATIONS

from xinglin.business_platform.access.policy.category import CATEGORIES

_OPEN = frozenset({"directory", "definition", "booking"})


def expected() -> Mapping[tuple[str, str], frozenset[str]]:
    """The categories that a role is shown in a situation."""
    text = (Path(__file__).parent / "expected.txt").read_text("utf-8")
    table, _, desks = text.partition("# desks\n")
    of_desk = {words[0]: frozenset(words[1:]) for words in map(str.split, desks.splitlines())}
    found = {}
    for line in table.splitlines():
        role, *cells = line.split() or ["#"]
        if role.startswith("#"):
            continue
        assert len(cells) == len(SITUATIONS), role
        for situation, cell in zip(SITUATIONS, cells, strict=True):
            shown: frozenset[str] = frozenset()
            for word in cell.split("+"):
                shown |= {
                    "-": frozenset(),
                    "open": _OPEN,
                    "all": frozenset(CATEGORIES) - {"proof"},
                    "whole": frozenset(CATEGORIES),
                    "desk": of_desk.get(role, frozenset()),
                }[word]
            found[role, situation] = shown
    return found
