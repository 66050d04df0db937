"""Counts and hashes of every table, whatever room it belongs to."""

from __future__ import annotations

from typing import Any

from .archive import TableFigures

# What decides how a row reads as text; both sides of a comparison must agree on it.
TEXT_FORM = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}


async def table_figures(connection: Any) -> dict[str, TableFigures]:
    """The figures of every ordinary table outside the system's schemas, in the caller's snapshot.

    A row's hash is the first 64 bits of MD5 over its text: enough to find damage, and not meant to withstand
    an attacker, against whom the members' SHA-256 and the file's owner stand.
    """
    return {name: await _figures(connection, name) for name in await table_names(connection)}


async def table_names(connection: Any) -> list[str]:
    """Every ordinary table outside the system's schemas, quoted for SQL."""
    tables = await connection.fetch(
        """
        SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ORDER BY 1
        """
    )
    return [table["name"] for table in tables]


async def schema_revisions(connection: Any) -> list[str]:
    """The newest migration of each room that the database has."""
    if await connection.fetchval("SELECT to_regclass('public.schema_revision')") is None:
        return []
    rows = await connection.fetch("SELECT version_num FROM public.schema_revision ORDER BY 1")
    return [row["version_num"] for row in rows]


async def _figures(connection: Any, table: str) -> TableFigures:
    # the table's name comes quoted from the catalogue
    row = await connection.fetchrow(
        f"""
        SELECT count(*) AS rows,
            coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text AS hash
        FROM {table} t
        """  # noqa: S608
    )
    return TableFigures(rows=row["rows"], hash=row["hash"])
