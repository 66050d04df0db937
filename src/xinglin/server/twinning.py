"""``xinglin twin``: processes learnt from logs, simulated and compared, and networks of queues played."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from xinglin.foundation.errors import XinglinError

app = typer.Typer(no_args_is_help=True, help="The digital twin: learn from a log, simulate, compare.")

_EXIT_REFUSED = 2
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result.")]
Start = Annotated[str | None, typer.Option(help="ISO time from which cases come; else after the log's last arrival.")]


@app.callback()
def twin() -> None:
    """The digital twin: learn from a log, simulate, compare."""


@app.command()
def discover(
    log: Annotated[Path, typer.Argument(help="Event log: CSV or XES, also .gz.")],
    out: Annotated[Path, typer.Option(help="Where the model is written.")],
    as_json: Json = False,
) -> None:
    """Learn a model of a process from its event log.

    Leaves with 0, or with 2 and a reason where the log cannot be used.
    """
    from xinglin.applications import digital_twin as room

    _tell(lambda: room.discover_file(log, out), as_json)


@app.command()
def simulate(
    model: Annotated[Path, typer.Argument(help="A model written by discover.")],
    out: Annotated[Path, typer.Option(help="Where the simulated log is written, as CSV.")],
    cases: Annotated[int | None, typer.Option(help="How many cases; else as many as the log had.")] = None,
    seed: Seed = 1,
    start: Start = None,
    as_json: Json = False,
) -> None:
    """Simulate cases from a model; they come after the last arrival of the log, unless told otherwise."""
    from xinglin.applications import digital_twin as room

    _tell(lambda: room.simulate_file(model, cases, seed, out, start), as_json)


@app.command()
def compare(
    one: Annotated[Path, typer.Argument(help="An event log.")],
    other: Annotated[Path, typer.Argument(help="Another.")],
    as_json: Json = False,
) -> None:
    """How far two logs are apart: ngd, aed, ced, red and ctd; lower is nearer."""
    from xinglin.applications import digital_twin as room

    _tell(lambda: room.compare_files(one, other), as_json)


@app.command()
def run(
    network: Annotated[Path, typer.Argument(help="A network of queues as JSON.")],
    minutes: Annotated[float, typer.Option(help="How long patients arrive.")],
    replications: Annotated[int, typer.Option(min=1, help="How often it is played.")] = 20,
    seed: Seed = 1,
    warm_up: Annotated[float, typer.Option(help="Minutes before which nothing is measured.")] = 0.0,
    drain: Annotated[float, typer.Option(help="Minutes in which those inside are still served.")] = 0.0,
    overload: Annotated[bool, typer.Option("--overload", help="Play it even where a queue grows for ever.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many processes share the replications.")] = 1,
    log: Annotated[Path | None, typer.Option(help="First replication's events: .csv, .xes, .json (OCEL).")] = None,
    start: Annotated[str, typer.Option(help="ISO time of minute 0 in that log.")] = "2026-01-05T00:00:00+00:00",
    as_json: Json = False,
) -> None:
    """Play a network of queues and tell waits, stays and use, with 95 % intervals.

    Leaves with 2 and the reason where it cannot be, or where a queue would grow for ever.
    """
    from xinglin.applications import digital_twin as room

    _tell(
        lambda: room.run_file(
            network, minutes, replications, seed, warm_up, drain, overload, processes, log, start
        ),
        as_json,
    )  # fmt: skip


@app.command()
def outcome(
    days: Annotated[int, typer.Option(help="Judged days, rounded up to whole weeks of five.")] = 60,
    seed: Seed = 1,
    assumed: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE: another assumption; again and again.")
    ] = None,
    sensitive: Annotated[bool, typer.Option(help="Try every assumption at both ends of its range.")] = True,
    language: Annotated[str, typer.Option(help="zh or en, for the tables.")] = "zh",
    as_json: Json = False,
) -> None:
    """Measure on a reference hospital what timed slots, guidance, early tests and the rest do to waits and stays.

    Progress goes to stderr. Leaves with 2 and the reason where an assumption is not known or cannot be.
    """
    from xinglin.applications import digital_twin as room

    def say(line: str) -> None:
        typer.echo(line, file=sys.stderr)

    def work() -> dict[str, Any]:
        return room.measure_outcome(days, seed, assumed or [], sensitive, say)

    if as_json:
        _tell(work, True)
        return
    typer.echo(room.tell_outcome(_or_leave(work), language))


@app.command()
def rehearse(
    days: Annotated[int, typer.Option(min=1, max=200, help="Judged mornings a clinic.")] = 20,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """How true foresight comes on made-up days that are not made as it supposes: the calibration report."""
    from xinglin.applications import digital_twin as room

    _tell(lambda: room.rehearse(days, seed), as_json)


@app.command()
def foresee(
    data: Annotated[Path, typer.Option("--data", help="The node's data folder.")] = Path("data"),
    as_json: Json = False,
) -> None:
    """What is foreseen of a running node's clinics and wards from their state now.

    Leaves with 2 and the reason where it cannot be foreseen.
    """
    _tell(lambda: asyncio.run(_foresee(data)), as_json)


async def _foresee(data: Path) -> dict[str, Any]:
    from xinglin.applications import digital_twin as room
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.database import open_database
    from xinglin.foundation.ids import SystemIds

    from .settings import located, read_settings
    from .supervisor import DataFolder

    folder = DataFolder(data)
    settings = located(read_settings(folder.settings_file), folder.endpoints())
    database = await open_database(settings.database, role="command")
    try:
        return await room.foresee_now(database, SystemClock(), SystemIds(), settings.digital_twin, settings.node.zone)
    finally:
        await database.close()


@app.command()
def import_building(
    file: Annotated[Path, typer.Argument(help="IFC file or COBie workbook.")],
    data: Annotated[Path, typer.Option("--data", help="The node's data folder.")] = Path("data"),
    unit: Annotated[str | None, typer.Option(help="The right unit, where the file's is wrong: millimetre.")] = None,
    location_system: Annotated[
        str | None, typer.Option(help="Identifier system in which room numbers are the hospital's Locations.")
    ] = None,
) -> None:
    """Import a building into a running node. Leaves with 0 when it stands, 2 and a reason when it cannot be read."""
    from .building import import_file

    def say(line: str) -> None:
        typer.echo(line, file=sys.stderr)

    try:
        typer.echo(asyncio.run(import_file(file, data, unit, location_system, say)))
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(_EXIT_REFUSED) from error


def _or_leave(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except XinglinError as error:
        typer.echo(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(_EXIT_REFUSED) from error


def _tell(work: Callable[[], dict[str, Any]], as_json: bool) -> None:
    told = _or_leave(work)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    for key, value in told.items():
        text = json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict) else value
        typer.echo(f"{key}: {text}")
