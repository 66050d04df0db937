"""What the command ``xinglin demo`` adds to a node: the made-up hospital beside it, and people to sign in as."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from xinglin.business_platform.access import Membership, NewAccount

from .entry import open_accounts
from .settings import read_settings
from .supervisor import Child, Command, DataFolder, free_port

_DRIVER = (sys.executable, "-m", "xinglin_demo.cli")
_MERCHANT = "demo-hospital"
_SANDBOX_PORT = 8652


class _Part(msgspec.Struct, frozen=True):
    """Somebody of the made-up hospital whom a visitor may be, as ``xinglin-demo cast`` tells."""

    login: str
    part: str
    name: str
    role: str
    unit: str = ""
    practitioner: str | None = None
    patient: str | None = None


def driver_of(folder: DataFolder, token: str, speed: float, seed: int, people: int) -> Child:
    """The demo hospital as a process of its own that holds nothing but a token and some addresses."""
    endpoints = folder.endpoints()
    secure = endpoints.web_url.startswith("https")
    return Child(
        name="demo-hospital",
        launch=Command(
            [
                *(*_DRIVER, "play"),
                *("--fhir", f"{endpoints.web_url}/fhir", "--api", f"{endpoints.web_url}/api"),
                *("--mllp", f"{endpoints.mllp_host}:{endpoints.mllp_port}"),
                *("--speed", str(speed), "--seed", str(seed), "--people", str(people)),
                *("--state", str(folder.path / "demo-hospital.json")),
                *(("--ca", str(folder.certificate / "ca.pem")) if secure else ()),
            ],
            environment={**os.environ, "XINGLIN_TOKEN": token},
        ),
        log_file=folder.logs / "demo-hospital.log",
    )


def prepare_payment(folder: DataFolder, host: str) -> int | None:
    """The port on which the sandbox of payments is to listen, having told the node's processes of it and made the
    secret that they share; None where the node's owner named a provider."""
    folder.create()
    if read_settings(folder.settings_file).settlement.provider_url:
        return None
    port, reached = free_port(_SANDBOX_PORT, host), "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    key = _payment_key(folder)
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    os.environ |= {
        "XINGLIN_SETTLEMENT_PROVIDER_URL": f"http://{reached}:{port}",
        "XINGLIN_SETTLEMENT_MERCHANT": _MERCHANT,
        "XINGLIN_SETTLEMENT_KEY_FILE": str(key),
    }
    return port


def sandbox_of(folder: DataFolder, host: str, port: int) -> Child:
    """The sandbox of payments as a process of its own, where no money moves."""
    node = folder.endpoints().web_url
    authority = folder.certificate / "ca.pem"
    return Child(
        name="demo-payment",
        launch=Command(
            [
                *(*_DRIVER, "payment", "--host", host, "--port", str(port)),
                *("--public-url", f"http://{urlsplit(node).hostname}:{port}", "--merchant", _MERCHANT),
                *("--key-file", str(_payment_key(folder)), "--state", str(folder.path / "demo-payment.json")),
                *(("--ca", str(authority)) if node.startswith("https") else ()),
            ],
            environment=dict(os.environ),
        ),
        log_file=folder.logs / "demo-payment.log",
    )


def _payment_key(folder: DataFolder) -> Path:
    return folder.path / "demo-payment.key"


async def follow(log_file: Path, start_byte: int, say: Callable[[str], None]) -> None:
    """``say`` what the demo hospital says from ``start_byte`` of its log on."""
    with log_file.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(start_byte)
        while True:
            line = lines.readline()
            if line:
                say(line.rstrip())
            else:
                await asyncio.sleep(0.5)


async def cast_links(folder: DataFolder, seed: int, people: int) -> list[tuple[str, str]]:
    """Who a visitor may be, each with a one-time link; accounts are made where they are not there."""
    asked = await asyncio.create_subprocess_exec(
        *(*_DRIVER, "cast", "--seed", str(seed), "--people", str(people)), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asked.communicate()
    if asked.returncode != 0:
        return []
    found = []
    async with open_accounts(folder) as accounts:
        for one in msgspec.json.decode(told, type=list[_Part]):
            memberships = (Membership(one.role, one.unit),)
            new = NewAccount(one.name, one.login, None, one.practitioner, memberships, one.patient)
            link = await accounts.link_without_proof(new)
            found.append((one.part, f"{folder.endpoints().web_url}/sign-in#{link.secret}"))
    return found
