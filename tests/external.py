"""Servers of somebody else that the environment may name, prepared as ``deploy/`` tells their administrator to.

Each database gets two roles of its own, and each node a NATS account of its own: nodes that shared one would take
each other's events.
"""

from __future__ import annotations

import itertools
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from xinglin.foundation.database import DatabaseSettings

DATABASE_URL = os.environ.get("XINGLIN_TEST_DATABASE_URL", "")
BUS_URL = os.environ.get("XINGLIN_TEST_BUS_URL", "")
_PREPARATION = Path(__file__).parents[1] / "deploy" / "external-database.sql"
_accounts = itertools.count(1)
_made: list[str] = []


async def prepared_database(administrator_url: str, name: str) -> DatabaseSettings:
    """Make the database ``name`` with ``deploy/external-database.sql``, as its administrator."""
    password = secrets.token_hex(12)
    script = _PREPARATION.read_text("utf-8")
    for old, new in (
        ("xinglin_owner", f"{name}_owner"),
        ("xinglin_app", f"{name}_app"),
        ("DATABASE xinglin ", f"DATABASE {name} "),
        ("CHANGE-ME", password),
    ):
        script = script.replace(old, new)
    before, inside = script.split("\\connect xinglin")
    server = await asyncpg.connect(administrator_url)
    for statement in before.strip().rstrip(";").split(";"):
        await server.execute(statement)  # CREATE DATABASE wants to be alone
    await server.close()
    database = await asyncpg.connect(_placed(administrator_url, name))
    await database.execute(inside)
    await database.close()
    _made.append(name)
    return DatabaseSettings(
        url=_placed(administrator_url, name, f"{name}_app:{password}"),
        owner_url=_placed(administrator_url, name, f"{name}_owner:{password}"),
    )


def next_bus_url() -> str:
    """The external NATS; ``{account}`` in its address becomes another number for each node."""
    return BUS_URL.replace("{account}", str(next(_accounts)))


async def drop_databases() -> None:
    """Leave the external server as it was found."""
    if not DATABASE_URL:
        return
    server = await asyncpg.connect(DATABASE_URL)
    while _made:
        name = _made.pop()
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'DROP ROLE IF EXISTS "{name}_owner", "{name}_app"')
    await server.close()


def _placed(url: str, database: str, credentials: str | None = None) -> str:
    parts = urlsplit(url)
    own, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{credentials or own}@{host}", path=f"/{database}"))
