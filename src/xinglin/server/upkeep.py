"""The commands that keep a node well: ``backup``, ``restore``, ``doctor``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from xinglin.foundation.config import environment
from xinglin.foundation.errors import XinglinError

from .logs import configure_console
from .supervisor import DataFolder

if TYPE_CHECKING:
    from .backup import Manifest

Result = TypeVar("Result")
Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]
_EXIT_WARN, _EXIT_FAIL = 1, 2


class Language(Enum):
    """The languages in which the doctor speaks."""

    zh = "zh"
    en = "en"


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (backup, restore, doctor):
        app.command()(command)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")], data: Data = Path("data")
) -> None:
    """Write a whole node to one file, while it runs or rests."""
    from .backup import backup as take

    manifest = _finished(take(DataFolder(data), file))
    typer.echo(_summary(manifest))
    typer.echo(f"{file}: {file.stat().st_size / 1024:,.0f} KiB")
    typer.echo("It holds patients' data: keep it safe. 含患者数据，请妥善保管。")


def restore(
    file: Annotated[Path, typer.Argument(help="A file written by xinglin backup.")], data: Data = Path("data")
) -> None:
    """Make a node from a backup, in an empty folder, and compare every table with it."""
    from .backup import restore as put_back

    manifest = _finished(put_back(file, data.resolve()))
    typer.echo(_summary(manifest))
    typer.echo(f"Every count and hash is equal. 全部计数与校验值一致。 Start it: xinglin up --data {data}")


def doctor(
    data: Data = Path("data"),
    lang: Annotated[Language | None, typer.Option(help="zh or en; by default that of LANG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program instead of a person.")] = False,
) -> None:
    """Look at the machine and the data folder; leaves with 0 when all is well, 1 on warnings, 2 on failures."""
    from . import doctor as surgery

    findings = surgery.examine(data)
    chinese = lang is Language.zh if lang else _is_chinese_preferred()
    typer.echo(surgery.as_json(findings) if as_json else surgery.as_text(findings, "zh" if chinese else "en"))
    raise typer.Exit({"ok": 0, "warn": _EXIT_WARN, "fail": _EXIT_FAIL}[surgery.worst(findings)])


def _summary(manifest: Manifest) -> str:
    lines = [
        f"release {manifest.release}, taken {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC,"
        f" schema {' '.join(manifest.schema_revisions)}"
    ]
    for name, figures in manifest.tables.items():
        lines.append(f"  {name.removeprefix('public.'):<32} {figures.rows:>12} rows  {figures.hash}")
    return "\n".join(lines)


def _is_chinese_preferred() -> bool:
    told = environment()
    spoken = told.get("LC_ALL") or told.get("LC_MESSAGES") or told.get("LANG") or ""
    return spoken.lower().startswith("zh")


def _finished(work: Coroutine[Any, Any, Result]) -> Result:
    configure_console()
    try:
        return asyncio.run(work)
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error
