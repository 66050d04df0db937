"""The ``xinglin`` command."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from xinglin import __version__
from xinglin.foundation.errors import XinglinError

from . import auditing, cataloguing, inquiring, loading, pricing, twinning, upkeep
from .logs import configure_console
from .supervisor import DataFolder, Endpoints, Forks

app = typer.Typer(name="xinglin", no_args_is_help=True, add_completion=False, help="杏林 Xinglin: a hospital node.")
upkeep.register(app)
app.add_typer(loading.app, name="fhir")
app.add_typer(auditing.app, name="audit")
app.add_typer(inquiring.app, name="virtual-doctor")
app.add_typer(twinning.app, name="twin")
app.add_typer(cataloguing.app, name="terminology")
app.add_typer(pricing.app, name="settlement")
log = structlog.get_logger("xinglin")

Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]
Host = Annotated[str, typer.Option(help="Address to listen on; off 127.0.0.1 the pages are HTTPS.")]
Port = Annotated[int, typer.Option(help="Port of the pages and FHIR; 0 takes a free one.")]
MllpPort = Annotated[int, typer.Option(help="Port for HL7 v2 over MLLP; 0 takes a free one.")]


@app.command()
def up(data: Data = Path("data"), host: Host = "127.0.0.1", port: Port = 0, mllp_port: MllpPort = 0) -> None:
    """Start a node and keep it running until Ctrl-C."""
    _run(_up(data, host, port, mllp_port, demo=None))


@app.command()
def demo(
    data: Annotated[Path, typer.Option("--data", help="The demo node's data folder.")] = Path("data/demo"),
    host: Host = "127.0.0.1",
    port: Port = 0,
    mllp_port: MllpPort = 0,
    speed: Annotated[float, typer.Option(help="Hospital seconds per second.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Another seed, another hospital.")] = 1,
    people: Annotated[int, typer.Option(help="How many people it has.", min=1000, max=50_000)] = 50_000,
) -> None:
    """Start a node and let a made-up hospital live in it, fed through its public interfaces."""
    _run(_up(data, host, port, mllp_port, demo=(speed, seed, people)))


@app.command()
def link(data: Data = Path("data"), name: Annotated[str, typer.Option(help="Who signs in.")] = "operator") -> None:
    """Print a new one-time sign-in link of a running node."""
    _run(_link(data, name))


@app.command()
def token(
    name: Annotated[str, typer.Option(help="Which program it is for.")],
    data: Data = Path("data"),
    scope: Annotated[str | None, typer.Option(help='What it may, as SMART scopes: "system/*.rs".')] = None,
) -> None:
    """Print a new bearer token for a program."""
    _run(_token(data, name, scope))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the business routes; needs no running node."""
    from .openapi import document

    print(document())


@app.command()
def version() -> None:
    """Print the release."""
    print(__version__)


async def _up(data: Path, host: str, port: int, mllp_port: int, demo: tuple[float, int, int] | None) -> None:
    forks = Forks("xinglin.server.preloaded")
    forks.warm()  # beside what is loaded here
    from .node import Reach, running_node

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told.set)
    folder = DataFolder(data)
    following: asyncio.Task[None] | None = None
    sandbox_port = None
    if demo is not None:
        from .demonstrating import prepare_payment

        sandbox_port = prepare_payment(folder, host)
    async with running_node(folder, Reach(host, port, mllp_port), forks) as node:
        _welcome(node.endpoints, await _link_secret(folder, "operator", "user"))
        if node.endpoints.web_url.startswith("https"):
            _welcome_device(node.endpoints, await _link_secret(folder, "phone", "device"))
        if demo is not None:
            from .demonstrating import cast_links, driver_of, follow, sandbox_of

            if sandbox_port is not None:
                await node.add(sandbox_of(folder, host, sandbox_port))
            _welcome_cast(await cast_links(folder, *demo[1:]))
            driver = driver_of(folder, await _program_token(folder, "demo hospital"), *demo)
            said_before = driver.log_file.stat().st_size if driver.log_file.exists() else 0
            await node.add(driver)
            following = asyncio.create_task(follow(driver.log_file, said_before, _say))
        await told.wait()
        log.info("stopping")
        if following is not None:
            following.cancel()


async def _link(data: Path, name: str) -> None:
    folder = DataFolder(data)
    secret = await _link_secret(folder, name, "user")
    print(f"{folder.endpoints().web_url}/sign-in#{secret}")


async def _token(data: Path, name: str, scope: str | None) -> None:
    print(await _program_token(DataFolder(data), name, scope))


async def _link_secret(folder: DataFolder, name: str, kind: str) -> str:
    from .entry import open_access

    async with open_access(folder) as access:
        return (await access.make_link(name, kind)).secret


async def _program_token(folder: DataFolder, name: str, scope: str | None = None) -> str:
    from .entry import open_access

    async with open_access(folder) as access:
        return (await access.make_program_token(name, scope)).secret


def _welcome(endpoints: Endpoints, secret: str) -> None:
    print(
        f"\n  杏林 Xinglin {__version__} is running. 已启动。\n\n"
        f"  Sign in 登录   {endpoints.web_url}/sign-in#{secret}\n"
        f"  FHIR R4        {endpoints.web_url}/fhir\n"
        f"  HL7 v2 MLLP    {endpoints.mllp_host}:{endpoints.mllp_port}\n\n"
        "  Ctrl-C stops it. 按 Ctrl-C 停止。\n",
        flush=True,
    )


def _welcome_cast(links: list[tuple[str, str]]) -> None:
    print("  Or be one of them, in a private window; each link works once.")
    print("  或以下列身份登录：在无痕窗口中打开，链接各用一次。")
    for part, link in links:
        print(f"    {part}\n      {link}")
    print(flush=True)


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _welcome_device(endpoints: Endpoints, secret: str) -> None:
    from .certificate import qr_text

    print(
        "  A phone signs in with this code, once. 手机扫码登录（一次有效）：\n\n"
        f"{qr_text(f'{endpoints.web_url}/sign-in#{secret}')}\n"
        f"  It must first trust this node's authority: {endpoints.web_url}/ca.pem\n"
        f"  手机需先安装并信任本节点的证书：{endpoints.web_url}/ca.pem\n",
        flush=True,
    )


def _run(work: Coroutine[Any, Any, None]) -> None:
    configure_console()
    try:
        asyncio.run(work)
    except XinglinError as error:
        print(f"{error.english}\n{error.chinese}", file=sys.stderr)
        raise typer.Exit(1) from error


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
