"""The tables of own search parameters and of the work on the index: their only SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model import Version
from ..repository import VERSION, version_of_row


@dataclass(frozen=True, slots=True)
class Kept:
    """A definition as its JSON, and the revision since which it is so."""

    id: str
    revision: int
    definition: bytes


@dataclass(frozen=True, slots=True)
class Walk:
    """Resources of one type (and what has one inside) that are indexed anew: ``since_revision`` is the least for which
    that is done, ``seen_at`` when it was begun, ``expected`` how many there are (None: not counted yet)."""

    type: str
    since_revision: int
    asked_at: datetime
    seen_at: datetime | None
    expected: int | None
    done: int
    reached: int


async def revision(connection: Any) -> int:
    return int(await connection.fetchval("SELECT revision FROM search_revision"))


async def hold(connection: Any) -> bool:
    """Let nobody else change definitions until the transaction ends. Whether this tenant runs the node."""
    return bool(
        await connection.fetchval(
            "SELECT current_setting('xinglin.tenant')::integer = 1 FROM search_revision FOR UPDATE"
        )
    )


async def load(connection: Any) -> tuple[int, list[Kept], dict[str, int]]:
    """The revision, the definitions and, by type, the revision since which its index is not finished; as one moment
    knows them."""
    row = await connection.fetchrow(
        """
        SELECT s.revision, p.ids, p.revisions, p.definitions, w.types, w.since
        FROM search_revision s,
            (SELECT array_agg(id ORDER BY id) AS ids, array_agg(revision ORDER BY id) AS revisions,
                array_agg(definition ORDER BY id) AS definitions FROM search_parameter) AS p,
            (SELECT array_agg(type) AS types, array_agg(since_revision) AS since FROM search_reindex) AS w
        """
    )
    kept = zip(row["ids"] or (), row["revisions"] or (), row["definitions"] or (), strict=True)
    return (
        row["revision"],
        [Kept(*one) for one in kept],
        dict(zip(row["types"] or (), row["since"] or (), strict=True)),
    )


async def next_revision(connection: Any) -> int:
    """A number that no transaction ever had, from now on the revision."""
    return int(
        await connection.fetchval(
            "UPDATE search_revision SET revision = nextval('search_revision_number') RETURNING revision"
        )
    )


async def put(connection: Any, kept: Kept) -> None:
    await connection.execute(
        """
        INSERT INTO search_parameter (id, revision, definition) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, definition = excluded.definition
        """,
        kept.id,
        kept.revision,
        kept.definition,
    )


async def remove(connection: Any, id_: str) -> None:
    await connection.execute("DELETE FROM search_parameter WHERE id = $1", id_)


async def ask(connection: Any, types: Iterable[str], since_revision: int) -> None:
    """Have ``types`` indexed anew from their first resource; a walk that is under way begins again."""
    await connection.execute(
        """
        INSERT INTO search_reindex (type, since_revision)
        SELECT type, $2 FROM unnest($1::text[]) AS asked(type) ORDER BY type
        ON CONFLICT (type) DO UPDATE SET since_revision = least(search_reindex.since_revision, $2),
            asked_at = clock_timestamp(), seen_at = NULL, expected = NULL, done = 0, reached = 0
        """,
        sorted(types),
        since_revision,
    )


async def walks(connection: Any) -> list[Walk]:
    """What is to be done, in the order in which it is."""
    rows = await connection.fetch("SELECT * FROM search_reindex ORDER BY seen_at NULLS LAST, type")
    return [_walk(row) for row in rows]


async def has_work(connection: Any, release: int) -> bool:
    """Whether the index is to be made anew, of ``release``'s entries or of a type."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM store_index WHERE revision < $1) OR EXISTS (SELECT FROM search_reindex)",
            release,
        )
    )


async def next_walk(connection: Any) -> Walk | None:
    """The first of them, held until the transaction ends."""
    row = await connection.fetchrow("SELECT * FROM search_reindex ORDER BY seen_at NULLS LAST, type LIMIT 1 FOR UPDATE")
    return None if row is None else _walk(row)


async def begin(connection: Any, type_: str) -> None:
    await connection.execute("UPDATE search_reindex SET seen_at = clock_timestamp() WHERE type = $1", type_)


async def others_since(connection: Any, moment: datetime) -> int:
    """How many transactions of the node are open that began before ``moment``: they may write by what held then."""
    return int(
        await connection.fetchval(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user
                AND xact_start < $1 AND pid <> pg_backend_pid()
            """,
            moment,
        )
    )


async def expect(connection: Any, type_: str, holding: int) -> int:
    """Count, and note, how many resources the walk of ``type_`` has before it; ``holding`` is the token of what has one
    inside."""
    return int(
        await connection.fetchval(
            "UPDATE search_reindex SET expected = resource_count($1, $2) WHERE type = $1 RETURNING expected",
            type_,
            holding,
        )
    )


async def advance(connection: Any, type_: str, many: int, reached: int) -> None:
    await connection.execute(
        "UPDATE search_reindex SET done = done + $2, reached = $3 WHERE type = $1", type_, many, reached
    )


async def conclude(connection: Any, type_: str) -> None:
    await connection.execute("DELETE FROM search_reindex WHERE type = $1", type_)


async def places(connection: Any, type_: str, holding: int, past: int, many: int) -> list[tuple[int, int]]:
    """Key and tenant of the next ``many`` resources of ``type_``, or that have one inside, of all tenants."""
    rows = await connection.fetch("SELECT * FROM resource_places($1, $2, $3, $4)", type_, holding, past, many)
    return [tuple(row) for row in rows]


async def places_of_all(connection: Any, past: int, many: int) -> list[tuple[int, int]]:
    """As ``places``, of all types."""
    return [tuple(row) for row in await connection.fetch("SELECT * FROM resource_places($1, $2)", past, many)]


async def become(connection: Any, tenant: int) -> None:
    """See and write, until the transaction ends, what is ``tenant``'s."""
    await connection.execute("SELECT set_config('xinglin.tenant', $1, true)", str(tenant))


async def contents(connection: Any, keys: Sequence[int]) -> list[tuple[int, Version]]:
    """Key and current version of those of ``keys`` that are still there, which nobody changes until the transaction
    ends; locked in the order in which writers lock."""
    found = await connection.fetch(
        f"SELECT key, {VERSION} FROM resource WHERE key = ANY($1::bigint[]) ORDER BY type, id FOR UPDATE",  # noqa: S608
        keys,
    )
    return [(row["key"], version_of_row(row)) for row in found if row["content"] is not None]


async def release_index(connection: Any) -> tuple[int, int]:
    """Which release's entries the index has, and the key up to which newer ones were made; held until the
    transaction ends."""
    row = await connection.fetchrow("SELECT revision, reached FROM store_index FOR UPDATE")
    return row["revision"], row["reached"]


async def note_release_index(connection: Any, revision_: int, reached: int) -> None:
    await connection.execute("UPDATE store_index SET revision = $1, reached = $2", revision_, reached)


def _walk(row: Any) -> Walk:
    return Walk(
        row["type"],
        row["since_revision"],
        row["asked_at"],
        row["seen_at"],
        row["expected"],
        row["done"],
        row["reached"],
    )
