"""``xinglin audit``: is the audit trail of a running node as it was written?"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from xinglin.foundation.errors import Category, XinglinError

from .logs import configure_console
from .supervisor import DataFolder

if TYPE_CHECKING:
    from xinglin.business_platform import access

app = typer.Typer(no_args_is_help=True, help="The audit trail of a running node.")
_EXIT_BROKEN = 2
Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]


@app.callback()
def audit() -> None:
    """The audit trail of a running node."""


@app.command()
def verify(
    data: Data = Path("data"),
    anchors: Annotated[
        Path | None, typer.Option(help="Exported anchors; by default audit/anchors.jsonl in --data.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Public keys of the anchors; by default audit/keys.jsonl in --data.")
    ] = None,
) -> None:
    """Recompute the whole chain. Leaves with 0 when all is as written, 2 when something is not, 1 without an answer."""
    configure_console()
    try:
        verdict = asyncio.run(_verify(DataFolder(data), anchors, keys))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error
    typer.echo(_told(verdict))
    raise typer.Exit(_EXIT_BROKEN if verdict.findings else 0)


async def _verify(folder: DataFolder, anchors_file: Path | None, keys_file: Path | None) -> access.audit.Verdict:
    from xinglin.business_platform import access

    from .external import connected
    from .settings import located, read_settings

    settings = located(read_settings(folder.settings_file), folder.endpoints())
    anchors_file = _there(anchors_file) or folder.audit / access.audit.ANCHORS
    keys_file = _there(keys_file) or folder.audit / access.audit.PUBLIC_KEYS
    try:
        anchors = access.audit.read_anchors(anchors_file) if anchors_file.is_file() else []
        known = access.audit.read_keys(keys_file)
    except (OSError, msgspec.MsgspecError) as error:
        raise XinglinError(
            Category.INVALID,
            f"{anchors_file} or {keys_file} cannot be read ({error}); give an unharmed copy by --anchors and --keys",
            f"无法读取 {anchors_file} 或 {keys_file}（{error}），请用 --anchors 与 --keys 指定完好的副本",
        ) from error
    async with connected(settings.database.owner_url) as connection:
        return await access.audit.Verifier(anchors, known, datetime.now(UTC)).verify(connection)


@app.command()
def export(
    data: Data = Path("data"),
    since: Annotated[datetime | None, typer.Option(help="From this time on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this time, UTC.")] = None,
) -> None:
    """Print entries of all institutions as FHIR AuditEvents, oldest first, one a line."""
    configure_console()
    try:
        asyncio.run(_export(DataFolder(data), since, until))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error


async def _export(folder: DataFolder, since: datetime | None, until: datetime | None) -> None:
    from xinglin.business_platform import access

    from .external import connected
    from .settings import located, read_settings

    settings = located(read_settings(folder.settings_file), folder.endpoints())
    async with connected(settings.database.owner_url) as connection:
        async for row in access.audit.rows_between(connection, _in_utc(since), _in_utc(until)):
            typer.echo(msgspec.json.encode(access.audit.audit_event(row, settings.node.path)))


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _there(file: Path | None) -> Path | None:
    if file is not None and not file.is_file():
        raise XinglinError(Category.NOT_FOUND, f"there is no file {file}", f"没有文件 {file}")
    return file


def _told(verdict: access.audit.Verdict) -> str:
    lines = [f"{finding.english}\n  {finding.chinese}" for finding in verdict.findings]
    lines.append(
        f"{verdict.entries} entries ({verdict.first} to {verdict.last}), {verdict.anchors} anchors;"
        f" vouched for by an anchor up to {verdict.anchored}. {verdict.waiting} groups wait for the chain."
    )
    if verdict.findings:
        lines.append(f"NOT as it was written: {len(verdict.findings)} findings. 审计记录与写入时不一致。")
    else:
        lines.append("The audit trail is as it was written. 审计记录完整无误。")
    return "\n".join(lines)
