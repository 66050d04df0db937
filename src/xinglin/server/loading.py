"""``xinglin fhir load``: files of resources into a node that runs."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xinglin.foundation.errors import XinglinError

from .logs import configure_console
from .supervisor import DataFolder

if TYPE_CHECKING:
    from xinglin.data_platform.store import Progress, Summary

app = typer.Typer(no_args_is_help=True, help="FHIR resources of a running node.")

_QUIET_LINES = 10  # a console that is no terminal gets every tenth line
_EXIT_REFUSED = 2


@app.callback()
def fhir() -> None:
    """FHIR resources of a running node."""


@app.command()
def load(
    paths: Annotated[
        list[Path], typer.Argument(help="NDJSON (.ndjson, .jsonl), Bundles (.json), .gz too, or folders.")
    ],
    data: Annotated[Path, typer.Option("--data", help="The node's data folder.")] = Path("data"),
    refused: Annotated[
        Path | None, typer.Option(help="Where refused lines are listed; by default load-refused.ndjson in --data.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(help="How many processes load; one a core by default.", min=1)
    ] = None,
) -> None:
    """Load resources and Bundles. Stopped, it goes on where it was when started again with the same files.

    Leaves with 0 when all was taken, 2 when something was refused, 1 when it could not go on.
    """
    configure_console()
    try:
        summary = asyncio.run(_load(paths, data, refused, processes))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("\nStopped; start it again and it goes on. 已停止，重新运行即可继续。", file=sys.stderr)
        raise typer.Exit(1) from None
    typer.echo(_told(summary))
    raise typer.Exit(_EXIT_REFUSED if summary.refusals else 0)


async def _load(paths: list[Path], data: Path, refused: Path | None, processes: int | None) -> Summary:
    from xinglin.business_platform.access import watch
    from xinglin.data_platform.store import Loader, Target

    from .settings import located, read_settings

    folder = DataFolder(data)
    endpoints = folder.endpoints()
    settings = located(read_settings(folder.settings_file), endpoints)
    target = Target(settings.database, settings.store, f"{endpoints.web_url}/fhir", watch)
    listed = refused or folder.path / "load-refused.ndjson"
    return await Loader(target, listed, _Console().tell, processes).load(paths)


class _Console:
    """Progress on one line of a terminal, or now and then on a line of its own."""

    def __init__(self) -> None:
        self._told = 0

    def tell(self, progress: Progress) -> None:
        left = "…" if progress.seconds_left is None else str(timedelta(seconds=round(progress.seconds_left)))
        line = (
            f"{progress.share:6.1%}  {progress.tally.taken:,} resources 资源  {progress.per_second:,.0f}/s"
            f"  left 剩余 {left}  refused 拒绝 {progress.tally.refused:,}"
        )
        if sys.stderr.isatty():
            typer.echo(f"\r{line}\x1b[K", nl=False, err=True)
        elif self._told % _QUIET_LINES == 0:
            typer.echo(line, err=True)
        self._told += 1


def _told(summary: Summary) -> str:
    tally = summary.tally
    lines = [
        f"{summary.files} files ({summary.skipped} loaded before): {tally.taken:,} resources, {summary.taken_now:,} of"
        f" them now, {tally.created:,} were new, {tally.refused:,} refused; {summary.seconds:.1f} s,"
        f" {summary.taken_now / max(summary.seconds, 1e-9):,.0f}/s",
        f"{summary.files} 个文件（{summary.skipped} 个此前已导入）：{tally.taken:,} 个资源，"
        f"本次写入 {summary.taken_now:,} 个，"
        f"新建 {tally.created:,} 个，拒绝 {tally.refused:,} 个",
    ]
    if summary.refusals:
        lines.append(f"What was refused, and why: {summary.refusals}\n被拒绝的内容及原因：{summary.refusals}")
    prefix = "\n" if sys.stderr.isatty() else ""
    return prefix + "\n".join(lines)
