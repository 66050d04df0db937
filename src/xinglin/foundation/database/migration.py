"""Schema migrations by Alembic: each room owns a branch of numbered files; all run under one lock."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from ..errors import Category, XinglinError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy.engine import Connection

_ADVISORY_LOCK = 7_291_001
_VERSION_TABLE = "schema_revision"
_FILE = re.compile(r"(.+?_\d{4})_")


@dataclass(frozen=True, slots=True)
class Migrations:
    """A room's migrations: ``folder`` holds its revisions, whose branch label is ``room``."""

    room: str
    folder: Path


def migrate(owner_url: str, rooms: Sequence[Migrations]) -> list[str]:
    """Bring the schema to the newest revision of every room, room after room, so that one may rest on tables of those
    before it; returns the revisions applied, oldest first.

    Each revision is its own transaction, so that an interrupted upgrade continues where it stopped. Raises
    ``XinglinError`` (CONFLICT) when the database holds a revision this release does not know: a newer
    release has written it and this one must not touch it. Blocking; not for an event loop.
    """
    from alembic.runtime.environment import EnvironmentContext
    from sqlalchemy import text

    script = _scripts(rooms)
    applied: list[str] = []

    def run(connection: Connection) -> None:
        connection.execute(text(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})"))
        connection.commit()
        heads = _heads(connection)
        connection.commit()  # Alembic makes a transaction per revision only where none is open
        _refuse_newer(script, heads)
        for newest in map(_newest, rooms):
            bring = partial(_steps, script, newest)
            context = EnvironmentContext(_config(rooms), script, fn=bring)
            with context:
                context.configure(
                    connection=connection,
                    transaction_per_migration=True,
                    version_table=_VERSION_TABLE,
                    on_version_apply=lambda **what: applied.append(what["step"].up_revision_id),
                )
                context.run_migrations()
            connection.commit()

    _with_connection(owner_url, run)
    return applied


async def is_current(url: str, rooms: Sequence[Migrations]) -> bool:
    """Whether the database is exactly at the newest revision of every room, told without loading Alembic.

    Rests on the revisions' file names: ``<room>_<four digits>_<what>.py``.
    """
    wanted = {_newest(room) for room in rooms}
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(f"SELECT version_num FROM {_VERSION_TABLE}")  # noqa: S608 - a constant
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return {row["version_num"] for row in rows} == wanted


def pending(owner_url: str, rooms: Sequence[Migrations]) -> list[str]:
    """The revisions that ``migrate`` would end at and the database does not have; empty when up to date."""
    script = _scripts(rooms)
    have: list[str] = []
    _with_connection(owner_url, lambda connection: have.extend(_heads(connection)))
    return sorted(set(script.get_heads()) - set(have))


def known_revisions(rooms: Sequence[Migrations]) -> set[str]:
    """Every revision that this release has, old and new."""
    return {revision.revision for revision in _scripts(rooms).walk_revisions()}


def execute_script(sql: str) -> None:
    """For revisions: run several SQL statements in the revision's own transaction."""
    from alembic import op

    op.execute("SELECT 1")  # makes the adapter open its transaction before the driver is used directly
    raw: Any = op.get_bind().connection.dbapi_connection
    raw.run_async(lambda driver: driver.execute(sql))


def _newest(room: Migrations) -> str:
    """The newest revision of a room, by its file's name."""
    match = _FILE.match(max(room.folder.glob("*_[0-9][0-9][0-9][0-9]_*.py")).name)
    assert match is not None
    return match[1]


def _steps(script: ScriptDirectory, newest: str, revision: Any, _: Any) -> Any:
    return script._upgrade_revs(newest, revision)


def _config(rooms: Sequence[Migrations]) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(room.folder) for room in rooms))
    return config


def _scripts(rooms: Sequence[Migrations]) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(rooms))


def _heads(connection: Connection) -> tuple[str, ...]:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE}).get_current_heads()


def _refuse_newer(script: ScriptDirectory, heads: Sequence[str]) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    unknown = sorted(set(heads) - known)
    if unknown:
        raise XinglinError(
            Category.CONFLICT,
            f"the database was written by a newer release (revisions {', '.join(unknown)}); start that one",
            f"数据库由更新的版本写入（{', '.join(unknown)}），请使用该版本启动",
        )


def _with_connection(owner_url: str, work: Callable[[Connection], None]) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    async def run() -> None:
        url = owner_url.replace("postgresql://", "postgresql+asyncpg://", 1)
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(work)
        await engine.dispose()

    asyncio.run(run())
