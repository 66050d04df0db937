"""A restored node's settings name the servers that it was restored into, not those of the node it was taken from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec

from xinglin.foundation import config
from xinglin.foundation.bus import BusSettings
from xinglin.foundation.database import DatabaseSettings
from xinglin.foundation.errors import Category, XinglinError

_HEADER = re.compile(r"\s*\[")
_SECTIONS: dict[str, tuple[type[msgspec.Struct], tuple[str, ...]]] = {
    "database": (DatabaseSettings, ("url", "owner_url")),
    "bus": (BusSettings, ("url", "token")),
}


def keep_addresses(file: Path) -> None:
    """Write the addresses that the environment names for this restore into the settings ``file``, so that the node
    finds its servers when it is started without them: it would work in the database of the node that was backed up.

    All else in the file stays as its owner wrote it. Raises INVALID where the file is written so that this cannot be
    done.
    """
    for section, (shape, names) in _SECTIONS.items():
        written = config.read(section, shape, file, {})
        meant = config.read(section, shape, file, config.environment())
        addresses = {name: getattr(meant, name) for name in names if getattr(meant, name) != getattr(written, name)}
        if addresses:
            text = file.read_text("utf-8") if file.exists() else ""
            fresh = _with(text, section, addresses)
            _check(fresh, section, addresses, file)
            file.write_text(fresh, "utf-8")
            file.chmod(0o600)


def _with(text: str, section: str, values: dict[str, str]) -> str:
    """``text`` with ``values`` in the table ``section``, in the place of those that it has."""
    lines = text.splitlines()
    header = re.compile(rf"\s*\[\s*{section}\s*\]")
    begin = next((place for place, line in enumerate(lines) if header.match(line)), None)
    if begin is None:
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        begin = len(lines) - 1
    rest = range(begin + 1, len(lines))
    end = next((place for place in rest if _HEADER.match(lines[place])), len(lines))
    old = re.compile(rf"\s*({'|'.join(values)})\s*=")
    kept = [line for line in lines[begin + 1 : end] if not old.match(line)]
    told = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join([*lines[: begin + 1], *told, *kept, *lines[end:]]) + "\n"


def _check(text: str, section: str, values: dict[str, str], file: Path) -> None:
    try:
        found = tomllib.loads(text).get(section, {})
    except tomllib.TOMLDecodeError:
        found = {}
    if any(found.get(name) != value for name, value in values.items()):
        raise XinglinError(
            Category.INVALID,
            f"the backup's {file.name} writes [{section}] in a form that cannot be changed here; take it as a table"
            f" [{section}] with a line for each setting, and back up again",
            f"备份中的 {file.name} 的 [{section}] 写法无法自动修改；请改写为 [{section}] 表、每项一行，再重新备份",
        )
