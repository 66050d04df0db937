"""``xinglin settlement``: the price list of a node that runs."""

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
    from xinglin.applications.settlement import Loaded

app = typer.Typer(no_args_is_help=True, help="Prices of a running node.")

_EXIT_REFUSED = 2
Table = Annotated[
    Path, typer.Argument(help="CSV, UTF-8 or GB 18030: kind, code, name_zh, price_yuan, name_en, unit_zh.")
]


@app.callback()
def settlement() -> None:
    """Prices of a running node."""


@app.command()
def load_prices(
    file: Table, data: Annotated[Path, typer.Option("--data", help="The node's data folder.")] = Path("data")
) -> None:
    """Load prices; those of the same kind and code are replaced. Stopped, it may be started again with the same file.

    Leaves with 0 when all was taken, 2 when rows were refused, 1 when it could not go on.
    """
    configure_console()
    try:
        loaded = asyncio.run(_load(file, data))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error
    for refused in loaded.refused:
        typer.echo(refused, err=True)
    typer.echo(
        f"{loaded.taken} rows taken, {loaded.not_taken} refused 载入 {loaded.taken} 行，拒绝 {loaded.not_taken} 行"
    )
    raise typer.Exit(_EXIT_REFUSED if loaded.not_taken else 0)


async def _load(file: Path, data: Path) -> Loaded:
    from xinglin.applications.settlement import Prices
    from xinglin.data_platform.store import Store
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.database import open_database
    from xinglin.foundation.ids import SystemIds

    from .settings import located, read_settings

    folder = DataFolder(data)
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    database = await open_database(settings.database, role="command")
    try:
        return await Prices(database, Store(SystemClock(), SystemIds())).load(file)
    finally:
        await database.close()
