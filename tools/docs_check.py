"""Checks that the documentation says what is so; prints each thing that is not, and leaves with 1 then.

Looks at every tracked ``*.md``: links between files and to headings, the ``make`` targets and ``xinglin``
commands that are named, the events and settings of the rooms against their reference pages, and the numbers
of the decision records.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from docs_facts import commands_offered, events_declared, make_targets, settings_declared

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_MAKE = re.compile(r"(?:^|[`$(&|;\s])make ([a-z][a-z-]+)(?![\w=.])")
_COMMAND = re.compile(r"(?:^|[`$/\s])xinglin ([a-z][a-z-]+)")


def problems() -> Iterator[str]:
    """Everything that the documentation says wrongly, one line each."""
    pages = documents()
    yield from broken_links(pages)
    yield from unknown_names(pages)
    yield from undocumented(ROOT / "docs/reference/events.md", events_declared(ROOT), "event")
    yield from undocumented(ROOT / "docs/reference/settings.md", settings_declared(ROOT), "setting")
    yield from decision_gaps(ROOT / "docs/decisions")


def documents() -> list[Path]:
    """The tracked (and not yet tracked, but not ignored) pages."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in sorted(set(listed.splitlines())) if (ROOT / name).is_file()]


def broken_links(pages: list[Path]) -> Iterator[str]:
    """Links to files that are not there and to headings that no page has."""
    for page in pages:
        text = page.read_text("utf-8")
        for match in _LINK.finditer(_CODE.sub("", text)):
            target = match.group(1) or match.group(2)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, heading = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            if not file.exists():
                yield f"{page.relative_to(ROOT)}: no file {target}"
            elif heading and file.suffix == ".md" and heading not in anchors(file.read_text("utf-8")):
                yield f"{page.relative_to(ROOT)}: no heading {target}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, in the form that forges give them."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(prose)}


def unknown_names(pages: list[Path]) -> Iterator[str]:
    """Targets and commands that are named in code but do not exist."""
    targets = make_targets(ROOT / "Makefile")
    commands = commands_offered(ROOT)
    for page in pages:
        for code in _CODE.findall(page.read_text("utf-8")):
            for line in code.splitlines():
                for target in _MAKE.findall(line):
                    if target not in targets:
                        yield f"{page.relative_to(ROOT)}: no target 'make {target}'"
                for command in _COMMAND.findall(line):
                    if command not in commands:
                        yield f"{page.relative_to(ROOT)}: no command 'xinglin {command}'"


def undocumented(page: Path, names: set[str], what: str) -> Iterator[str]:
    """Names that a reference page lacks, and names that it has but no room declares."""
    if not page.exists():
        yield f"{page.relative_to(ROOT)}: the page is missing"
        return
    told = set(re.findall(r"^\| `([^`]+)`", page.read_text("utf-8"), re.MULTILINE))
    for name in sorted(names - told):
        yield f"{page.relative_to(ROOT)}: {what} {name} is not described"
    for name in sorted(told - names):
        yield f"{page.relative_to(ROOT)}: {what} {name} is described but no room declares it"


def decision_gaps(folder: Path) -> Iterator[str]:
    """Decision records are numbered from 0001 without a gap or a double."""
    numbers = sorted(file.name[:4] for file in folder.glob("[0-9]*.md"))
    expected = [f"{number:04}" for number in range(1, len(numbers) + 1)]
    if not numbers:
        yield "docs/decisions: no decision record"
    elif numbers != expected:
        yield f"docs/decisions: numbers are {', '.join(numbers)}, expected {', '.join(expected)}"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or f"documentation: {len(documents())} pages, nothing wrong")
    sys.exit(1 if found else 0)
