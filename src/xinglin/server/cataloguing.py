"""``xinglin terminology``: catalogues of diagnoses and drugs into a node that runs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xinglin.foundation.errors import XinglinError

from .logs import configure_console
from .supervisor import DataFolder

if TYPE_CHECKING:
    from xinglin.data_platform.terminology import Loaded

app = typer.Typer(no_args_is_help=True, help="Catalogues of diagnoses and drugs of a running node.")

_EXIT_REFUSED = 2
Table = Annotated[
    Path, typer.Argument(help="A CSV file, UTF-8 or GB 18030, with the columns' names in its first line.")
]
Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]


@app.callback()
def terminology() -> None:
    """Catalogues of diagnoses and drugs of a running node."""


@app.command()
def load_diagnoses(file: Table, data: Data = Path("data")) -> None:
    """Load diagnoses: code, name_zh, name_en. Stopped, it may be started again with the same file.

    Leaves with 0 when all was taken, 2 when rows were refused, 1 when it could not go on.
    """
    _tell(file, data, "diagnoses")


@app.command()
def load_drugs(file: Table, data: Data = Path("data")) -> None:
    """Load drugs; the columns are named in the README of the room terminology. Leaves as load-diagnoses does."""
    _tell(file, data, "drugs")


def _tell(file: Path, data: Path, what: str) -> None:
    configure_console()
    try:
        loaded = asyncio.run(_load(file, data, what))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error
    for refused in loaded.refused:
        typer.echo(f"{refused.english} {refused.chinese}", err=True)
    typer.echo(
        f"{loaded.taken} rows taken, {loaded.not_taken} refused 载入 {loaded.taken} 行，拒绝 {loaded.not_taken} 行"
    )
    raise typer.Exit(_EXIT_REFUSED if loaded.not_taken else 0)


async def _load(file: Path, data: Path, what: str) -> Loaded:
    from xinglin.data_platform.store import Store
    from xinglin.data_platform.terminology import make_catalogues
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.database import open_database
    from xinglin.foundation.ids import SystemIds

    from .settings import located, read_settings

    folder = DataFolder(data)
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    database = await open_database(settings.database, role="command")
    clock = SystemClock()
    try:
        catalogues = make_catalogues(database, Store(clock, SystemIds()), clock)
        return await (catalogues.load_diagnoses if what == "diagnoses" else catalogues.load_drugs)(file)
    finally:
        await database.close()
