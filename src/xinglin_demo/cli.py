"""The command ``xinglin-demo``."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .building import bring_building
from .cast import cast as parts
from .clinic import Clinics
from .day import HOSPITAL_ZONE, Happening, Memory, MemoryMismatchError, Player, begin, happenings, recall
from .load import GENTLE_CONNECTIONS, Loader
from .population import SIZE, Population
from .wire import BusinessClient, FhirClient, MllpSender, RefusedError

_CONNECTIONS = 8
_REPORT_SECONDS = 15.0

application = typer.Typer(
    help="A made-up Chinese hospital, played to a node. 一所虚构的医院，通过公开接口演示。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Fhir = Annotated[str, typer.Option("--fhir", help="FHIR base URL, e.g. http://127.0.0.1:8800/fhir")]
Api = Annotated[
    str, typer.Option("--api", help="business interface, e.g. http://127.0.0.1:8800/api; without it no clinic queues")
]
Token = Annotated[str, typer.Option("--token", envvar="XINGLIN_TOKEN", help="bearer token of the node")]
Mllp = Annotated[str, typer.Option("--mllp", help="MLLP listener, HOST:PORT")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="which hospital")]
People = Annotated[int, typer.Option("--people", min=1000, max=SIZE, help="how many people")]
Speed = Annotated[float, typer.Option("--speed", min=0.1, max=600, help="1 is real time")]
StartAt = Annotated[str, typer.Option("--start-at", help="hospital time of the first start: HH:MM or now")]
State = Annotated[Path, typer.Option("--state", help="file that remembers where the day is")]
CaFile = Annotated[Path | None, typer.Option("--ca", help="PEM file of the node's own CA")]


@dataclass(frozen=True, slots=True)
class _Day:
    mllp: str
    speed: float
    start_at: str
    state: Path


@application.command()
def load(fhir: Fhir, token: Token, seed: Seed = 1, people: People = SIZE, ca: CaFile = None) -> None:
    """Write hospital, staff and people by FHIR; a second time nothing changes."""
    _run(_load(_client(fhir, token, ca), Population(seed, people)))


@application.command()
def play(
    fhir: Fhir,
    mllp: Mllp,
    token: Token,
    speed: Speed = 30,
    seed: Seed = 1,
    people: People = SIZE,
    start_at: StartAt = "08:30",
    state: State = Path("demo-day.json"),
    ca: CaFile = None,
    api: Api = "",
) -> None:
    """Play the hospital day; what a fresh node lacks is loaded: first the house and who is in it, then the others.

    Ctrl-C ends it; the next start goes on where it stopped. Clinics keep the real clock whatever the speed.
    """
    day = _Day(mllp, speed, start_at, state)
    business = BusinessClient(api, token, ca_file=_text(ca)) if api else None
    _run(_play(_client(fhir, token, ca), business, Population(seed, people), day))


@application.command()
def cast(seed: Seed = 1, people: People = SIZE) -> None:
    """Tell, as JSON, of whom a visitor may be: what an account of each needs."""
    typer.echo(orjson.dumps(parts(Population(seed, people), datetime.now(HOSPITAL_ZONE).date())))


@application.command()
def payment(
    merchant: Annotated[str, typer.Option("--merchant", help="who may ask for payments")],
    key_file: Annotated[Path, typer.Option("--key-file", help="file with the secret shared with the merchant")],
    host: Annotated[str, typer.Option("--host", help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="port to listen on")] = 8652,
    public_url: Annotated[str, typer.Option("--public-url", help="where payers reach it")] = "",
    state: Annotated[Path | None, typer.Option("--state", help="file that remembers the orders")] = None,
    ca: CaFile = None,
) -> None:
    """A payment provider that moves no money. 支付沙箱，不会扣款。"""
    import uvicorn

    from .payment import Book, Calls, delivering, sandbox

    book = Book(HOSPITAL_ZONE, state)
    calls = Calls(merchant, key_file.read_bytes().strip(), lambda: datetime.now(UTC), delivering(_text(ca)))
    uvicorn.run(sandbox(book, calls, public_url), host=host, port=port, log_level="warning")


def main() -> None:
    """Entry point; a clear line and status 1 for what the node refuses."""
    application()


async def _load(node: FhirClient, population: Population) -> None:
    with _progress_bar() as progress:
        task = progress.add_task("people 人口", total=population.size)
        loader = Loader(node, population, lambda count: progress.update(task, completed=count))
        already = await loader.begin()
        await loader.rest()
    typer.echo(f"{population.size - already} people loaded, {already} were there. 已载入人口。")


async def _play(node: FhirClient, business: BusinessClient | None, population: Population, day: _Day) -> None:
    host, _, port = day.mllp.rpartition(":")
    memory = _memory(population, day)
    loader = Loader(node, population)
    await loader.begin()
    census, story = census_first(population, memory)
    typer.echo("The house stands; its day begins. 医院已就绪，开始演示。")
    senders = [MllpSender(host or "127.0.0.1", int(port)) for _ in range(_CONNECTIONS)]
    player = Player(memory, day.state, senders, node, story, person_known=loader.person_known)
    clinics = None if business is None else Clinics(population, business, loader, lambda: datetime.now(HOSPITAL_ZONE))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_report(player, clinics))
        tasks.create_task(_load_people(player, loader, census, told=memory.acknowledged >= len(census)))
        if clinics is not None and business is not None:
            tasks.create_task(_see_patients(clinics, player))
            tasks.create_task(_bring_building(business, population.seed, player))
        await player.run()


async def _bring_building(business: BusinessClient, seed: int, player: Player) -> None:
    """Once the wards are told; a node that does not want a building goes without."""
    await player.census_told.wait()
    try:
        if await bring_building(business, seed):
            typer.echo("The building is on its way. 医院建筑模型已上传。")
    except RefusedError as refused:
        typer.echo(f"No building 未导入建筑: {refused}", err=True)


async def _see_patients(clinics: Clinics, player: Player) -> None:
    """Open the clinics once the wards are told; a node that does not want them keeps the rest."""
    await player.census_told.wait()
    try:
        await clinics.run()
    except* RefusedError as refused:
        typer.echo(f"The clinics stay shut 门诊未开: {refused.exceptions[0]}", err=True)


def census_first(population: Population, memory: Memory) -> tuple[list[Happening], Iterator[Happening]]:
    """What is told of those who are in the house at the beginning, and the whole telling, which begins with it."""
    story = happenings(population, memory.began_at)
    census: list[Happening] = []
    for happening in story:
        if happening.at >= memory.began_at:
            return census, chain(census, [happening], story)
        census.append(happening)
    return census, iter(census)


async def _load_people(player: Player, loader: Loader, census: list[Happening], *, told: bool) -> None:
    """First those who are in the house, so that its board fills; everybody else once they are told.

    ``told`` says that an earlier run told the whole census, so that the node has its people.
    """
    numbers = dict.fromkeys(one.stay.person.number for one in census)
    if told:
        loader.assume_known(numbers)
    else:
        await loader.people(numbers)
    await player.census_told.wait()
    await loader.rest(GENTLE_CONNECTIONS)


def _memory(population: Population, day: _Day) -> Memory:
    """What was remembered, continued from now, or a new beginning."""
    now = datetime.now(HOSPITAL_ZONE)
    try:
        memory = recall(day.state, population.seed, population.size)
    except MemoryMismatchError as error:
        raise typer.BadParameter(str(error)) from error
    if memory is not None:
        memory.timeline = memory.timeline.going_on(memory.reserved_until, now, day.speed)
        return memory
    began_at = now.replace(microsecond=0)
    if day.start_at != "now":
        clock = datetime.strptime(day.start_at, "%H:%M").replace(tzinfo=HOSPITAL_ZONE)
        began_at = began_at.replace(hour=clock.hour, minute=clock.minute, second=0)
    return begin(population.seed, population.size, began_at, now, day.speed)


async def _report(player: Player, clinics: Clinics | None) -> None:
    """One line now and then, and each new refusal once."""
    refused = 0
    refused_clinics = 0
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        score = player.score
        if score.refused > refused:
            typer.echo(f"refused 被拒: {score.refusals[-1]}", err=True)
            refused = score.refused
        at = "" if score.at is None else f"{score.at:%Y-%m-%d %H:%M}"
        seen = ""
        if clinics is not None:
            if clinics.score.refused > refused_clinics:
                typer.echo(f"refused 被拒: {clinics.score.refusals[-1]}", err=True)
                refused_clinics = clinics.score.refused
            seen = f" · {clinics.score.booked} booked 已预约 · {clinics.score.seen} seen 已就诊"
        typer.echo(f"hospital time 医院时间 {at} · {score.told} told 已发送 · {score.refused} refused 被拒{seen}")


def _client(fhir: str, token: str, ca: Path | None) -> FhirClient:
    return FhirClient(fhir, token, ca_file=_text(ca))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _progress_bar() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run until done, refused or asked to stop by Ctrl-C or SIGTERM."""

    async def stoppable() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    try:
        asyncio.run(stoppable())
    except* RefusedError as refused:
        typer.echo(f"The node refuses: {refused.exceptions[0]}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
