"""The tables of the store: its only SQL, together with what ``search`` compiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from xinglin.foundation import bus
from xinglin.foundation.errors import Category, XinglinError

from ..search import Statement, Within, resource
from .model import Version
from .rows import Rows

_KEYS_PER_BLOCK = 1000
COPY_FROM_ROWS = 100
VERSION = "type, id, version, updated, method, content"

_INSERT = """
new_resource AS (
    INSERT INTO resource (key, type, id, version, updated, method, content, patient, marks)
    SELECT key, type, id, version, $1, method, content, patient, marks
    FROM unnest($2::text::bigint[], $3::text::text[], $4::text::text[], $5::text::int[], $6::text::text[], $7::json[],
        $8::text::text[], $9::text::smallint[]) AS given(key, type, id, version, method, content, patient, marks)
), new_token AS (
    INSERT INTO resource_token (key, tokens, present)
    SELECT key, tokens::bigint[], present::bigint[]
    FROM unnest($10::text::bigint[], $11::text[], $12::text[]) AS given(key, tokens, present)
), new_date AS (
    INSERT INTO search_date (key, path, low, high)
    SELECT * FROM unnest($13::text::bigint[], $14::text::bigint[], $15::timestamptz[], $16::timestamptz[])
), new_string AS (
    INSERT INTO search_string (key, path, value)
    SELECT * FROM unnest($17::text::bigint[], $18::text::bigint[], $19::text[])
), new_quantity AS (
    INSERT INTO search_quantity (key, path, low, high, unit, code)
    SELECT * FROM unnest($20::text::bigint[], $21::text::bigint[], $22::text::float8[], $23::text::float8[],
        $24::text::bigint[], $25::text::bigint[])
)"""

_REPLACE = """
superseded AS (
    INSERT INTO resource_history (type, id, version, updated, method, content, patient, marks)
    SELECT type, id, version, updated, method, content, patient, marks FROM resource
    WHERE key = ANY($26::text::bigint[])
), between AS (
    INSERT INTO resource_history (type, id, version, updated, method, content, patient, marks)
    SELECT type, id, version, $1, method, content, patient, marks
    FROM unnest($34::text[], $35::text[], $36::int[], $37::text[], $38::json[], $39::text[], $40::smallint[])
        AS given(type, id, version, method, content, patient, marks)
), no_date AS (
    DELETE FROM search_date WHERE key = ANY($26::text::bigint[])
), no_string AS (
    DELETE FROM search_string WHERE key = ANY($26::text::bigint[])
), no_quantity AS (
    DELETE FROM search_quantity WHERE key = ANY($26::text::bigint[])
), replaced AS (
    UPDATE resource SET version = given.version, updated = $1, method = given.method, content = given.content,
        patient = given.patient, marks = given.marks
    FROM unnest($26::text::bigint[], $27::text::int[], $28::text::text[], $29::json[], $32::text::text[],
        $33::text::smallint[]) AS given(key, version, method, content, patient, marks)
    WHERE resource.key = given.key
), retold AS (
    UPDATE resource_token t SET tokens = given.tokens, present = given.present
    FROM (
        SELECT key, tokens::bigint[], present::bigint[]
        FROM unnest($26::text::bigint[], $30::text[], $31::text[]) AS texts(key, tokens, present)
    ) AS given
    WHERE t.key = given.key AND (t.tokens, t.present) IS DISTINCT FROM (given.tokens, given.present)
)"""

_INDEX_ANEW = """
WITH no_date AS (
    DELETE FROM search_date WHERE key = ANY($1::text::bigint[])
), no_string AS (
    DELETE FROM search_string WHERE key = ANY($1::text::bigint[])
), no_quantity AS (
    DELETE FROM search_quantity WHERE key = ANY($1::text::bigint[])
), new_date AS (
    INSERT INTO search_date (key, path, low, high)
    SELECT * FROM unnest($4::text::bigint[], $5::text::bigint[], $6::timestamptz[], $7::timestamptz[])
), new_string AS (
    INSERT INTO search_string (key, path, value)
    SELECT * FROM unnest($8::text::bigint[], $9::text::bigint[], $10::text[])
), new_quantity AS (
    INSERT INTO search_quantity (key, path, low, high, unit, code)
    SELECT * FROM unnest($11::text::bigint[], $12::text::bigint[], $13::text::float8[], $14::text::float8[],
        $15::text::bigint[], $16::text::bigint[])
), whose AS (
    UPDATE resource r SET patient = given.patient, marks = given.marks
    FROM unnest($1::text::bigint[], $17::text::text[], $18::text::smallint[]) AS given(key, patient, marks)
    WHERE r.key = given.key AND (r.patient, r.marks) IS DISTINCT FROM (given.patient, given.marks)
), whose_before AS (
    UPDATE resource_history h SET patient = given.patient, marks = given.marks
    FROM unnest($1::text::bigint[], $17::text::text[], $18::text::smallint[]) AS given(key, patient, marks)
        JOIN resource r USING (key)
    WHERE h.type = r.type AND h.id = r.id AND h.patient = '?'
)
UPDATE resource_token t SET tokens = given.tokens, present = given.present
FROM (
    SELECT key, tokens::bigint[], present::bigint[]
    FROM unnest($1::text::bigint[], $2::text[], $3::text[]) AS texts(key, tokens, present)
) AS given
WHERE t.key = given.key AND (t.tokens, t.present) IS DISTINCT FROM (given.tokens, given.present)
"""


def _told(place: int) -> str:
    """The revision of the definitions in force; the statement fails where that of the parameter is another."""
    return f"""
        SELECT CASE WHEN ${place}::bigint IS NULL OR ${place} = revision THEN revision
            ELSE 1 / (revision - revision) END
        FROM (SELECT coalesce((SELECT revision FROM search_revision), 0) AS revision) AS in_force
    """


_CREATE_ONLY = f"WITH {_INSERT}, said AS ({bus.appending(26)}) {_told(36)}"
_CREATE_AND_REPLACE = f"WITH {_INSERT}, {_REPLACE}, said AS ({bus.appending(41)}) {_told(51)}"


class OtherDefinitions(Exception):
    """The index entries were made by definitions that are not in force."""


async def write(
    connection: Any, now: datetime, rows: Rows, events: Sequence[bus.NewEvent], revision: int | None = None
) -> int:
    """Write everything in ``rows``, and ``events`` to the outbox, in one statement; where much is new, its tokens,
    which are most of the work, go by COPY after it. (What is guarded by row-level security cannot: COPY refuses it.)
    Raises what PostgreSQL raises; the transaction is lost then.

    The answer is the revision of the definitions by which it should be indexed. With a ``revision`` it is written only
    where that is the one; else OtherDefinitions is raised and nothing is.
    """
    copied = rows.many_created >= COPY_FROM_ROWS
    arguments = rows.created(with_tokens=not copied)
    if rows.replaces:
        arguments += rows.replaced()
    statement = _CREATE_AND_REPLACE if rows.replaces else _CREATE_ONLY
    try:
        told = await connection.fetchval(statement, now, *arguments, *bus.append_arguments(events), revision)
    except asyncpg.DivisionByZeroError as error:
        raise OtherDefinitions from error
    if copied:
        await connection.copy_to_table(
            "resource_token", source=rows.token_file(), columns=("key", "tokens", "present"), format="binary"
        )
    return int(told)


async def index_anew(connection: Any, rows: Rows) -> None:
    """Put the entries in ``rows`` in the place of those that their keys have, in one statement."""
    await connection.execute(_INDEX_ANEW, *rows.anew())


async def reserve_keys(connection: Any) -> range:
    """A block of keys that no other process will use."""
    first = await connection.fetchval("SELECT nextval('resource_key')")
    return range(first, first + _KEYS_PER_BLOCK)


@dataclass(frozen=True, slots=True)
class Locked:
    """A current row that nobody else changes until the transaction ends."""

    key: int
    version: Version
    patient: str
    marks: int


async def lock(connection: Any, references: Sequence[tuple[str, str]]) -> list[Locked]:
    """The current rows of ``references``, deleted ones too and whoever may see them, locked in one order so that
    writers cannot deadlock."""
    rows = await connection.fetch(
        """
        SELECT r.key, r.type, r.id, r.version, r.updated, r.method, r.content, r.patient, r.marks
        FROM resource r JOIN unnest($1::text[], $2::text[]) AS asked(type, id) USING (type, id)
        ORDER BY r.type, r.id FOR UPDATE OF r
        """,
        [type_ for type_, _ in references],
        [id_ for _, id_ in references],
    )
    return [Locked(row["key"], version_of_row(row), row["patient"], row["marks"]) for row in rows]


async def current(connection: Any, type_: str, id_: str) -> Version | None:
    """The current version, which may be a deletion."""
    row = await connection.fetchrow(
        f"SELECT {VERSION} FROM {resource('r', type_)} WHERE type = $1 AND id = $2", type_, id_
    )
    return None if row is None else version_of_row(row)


async def current_of(connection: Any, references: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Version]:
    """As ``current``, of several; of those types only of which the caller may see the same as of the first."""
    if len(references) == 1:  # planned in a tenth of the time
        only = await current(connection, *references[0])
        return {} if only is None else {references[0]: only}
    rows = await connection.fetch(
        f"""
        SELECT {VERSION} FROM {resource("r", references[0][0])}
        JOIN unnest($1::text[], $2::text[]) AS asked(type, id) USING (type, id)
        """,
        [type_ for type_, _ in references],
        [id_ for _, id_ in references],
    )
    return {(row["type"], row["id"]): version_of_row(row) for row in rows}


async def contents(
    connection: Any, references: Sequence[tuple[str, str]], having: str | None = None
) -> list[tuple[str, str, bytes]]:
    """Type, id and content of those of ``references`` that are there and have an element called ``having``."""
    if len(references) == 1 and having is None:  # a page of one patient's: planned in a tenth of the time
        only = await current(connection, *references[0])
        return [(only.type, only.id, only.content)] if only and only.content is not None else []
    rows = await connection.fetch(
        f"""
        SELECT r.type, r.id, r.content
        FROM {resource("r")} JOIN unnest($1::text[], $2::text[]) AS asked(type, id) USING (type, id)
        WHERE r.content IS NOT NULL AND ($3::text IS NULL OR strpos(r.content::text, $3) > 0)
        """,
        [type_ for type_, _ in references],
        [id_ for _, id_ in references],
        having and f'"{having}":',
    )
    return [tuple(row) for row in rows]


async def holders(connection: Any, tokens: Sequence[int]) -> dict[int, str]:
    """For each token, the id of the oldest current resource that has it."""
    rows = await connection.fetch(
        f"""
        SELECT asked.token, (
            SELECT (array_agg(r.id ORDER BY r.key))[1]
            FROM resource_token t JOIN {resource("r")} USING (key) WHERE t.tokens @> ARRAY[asked.token]
        ) AS id
        FROM unnest($1::bigint[]) AS asked(token)
        """,
        tokens,
    )
    return {row["token"]: row["id"] for row in rows if row["id"] is not None}


async def matches(connection: Any, asked: Sequence[Sequence[int]]) -> list[list[str]]:
    """For each set of tokens, up to two ids of current resources that have them all."""
    rows = await connection.fetch(
        f"""
        SELECT (
            SELECT (array_agg(r.id))[1:2] FROM resource_token t JOIN {resource("r")} USING (key)
            WHERE t.tokens @> asked.tokens::bigint[]
        ) AS ids
        FROM unnest($1::text[]) WITH ORDINALITY AS asked(tokens, place) ORDER BY asked.place
        """,
        ["{" + ",".join(map(str, tokens)) + "}" for tokens in asked],
    )
    return [row["ids"] or [] for row in rows]


async def hold(connection: Any, names: Sequence[str]) -> None:
    """Hold each name, in the order given, until the transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name", names
    )


async def version(connection: Any, type_: str, id_: str, number: int) -> Version | None:
    """One version of a resource, current or superseded."""
    row = await connection.fetchrow(
        f"""
        SELECT {VERSION} FROM {resource("r", type_)} WHERE type = $1 AND id = $2 AND version = $3
        UNION ALL
        SELECT {VERSION} FROM {resource("h", type_, "resource_history")} WHERE type = $1 AND id = $2 AND version = $3
        """,
        type_,
        id_,
        number,
    )
    return None if row is None else version_of_row(row)


async def rows(connection: Any, statement: Statement) -> list[Any]:
    """The rows of a compiled search. Raises INVALID for a value that PostgreSQL cannot hold."""
    try:
        found: list[Any] = await connection.fetch(statement.text, *statement.arguments)
    except asyncpg.DataError as error:
        raise _beyond_reach() from error
    return found


async def page(connection: Any, statements: Iterable[Statement], limit: int) -> list[Any]:
    """The first ``limit`` rows of the statements of a compiled page, of which as many as needed are carried out."""
    found: list[Any] = []
    for statement in statements:
        found += await rows(connection, statement)
        if len(found) >= limit:
            break
    return found[:limit]


async def common_tokens(connection: Any, hits: int) -> dict[int, float]:
    """The tokens that more than ``hits`` resources have, as far as the planner's statistics name them, with the part of
    all resources that have them; none before statistics were first taken."""
    found = await connection.fetchrow(
        "SELECT s.most_common_elems::text::bigint[] AS tokens, s.most_common_elem_freqs AS parts, c.reltuples AS many"
        " FROM pg_stats s JOIN pg_class c ON c.oid = 'resource_token'::regclass"
        " WHERE s.schemaname = current_schema() AND s.tablename = 'resource_token' AND s.attname = 'tokens'"
    )
    if found is None or found["tokens"] is None:
        return {}
    each = zip(found["tokens"], found["parts"], strict=False)  # least, most and nulls follow the parts
    return {token: part for token, part in each if part * found["many"] > hits}


async def value(connection: Any, statement: Statement) -> Any:
    """The one value of a compiled search. Raises INVALID for a value that PostgreSQL cannot hold."""
    try:
        return await connection.fetchval(statement.text, *statement.arguments)
    except asyncpg.DataError as error:
        raise _beyond_reach() from error


def _beyond_reach() -> XinglinError:
    return XinglinError(
        Category.INVALID,
        "the search holds a value that cannot be compared, such as the NUL character or a date out of range",
        "检索含有无法比较的取值，例如 NUL 字符或超出范围的日期",
        issue_code="value",
    )


def version_of_row(row: Any) -> Version:
    return Version(row["type"], row["id"], row["version"], row["updated"], row["method"], row["content"])


async def in_compartment(
    connection: Any,
    within: Within,
    types: Sequence[str],
    since: datetime | None,
    care: tuple[Sequence[int], datetime, datetime] | None,
    after: int,
    limit: int,
) -> list[tuple[int, str, str, bytes]]:
    """Key, type, id and content of up to ``limit`` current resources in a compartment, in the order of their
    keys, which come after ``after``; the focus itself is left out.

    ``care`` is the paths of dates of care with a range [low, high): a resource that has such dates is told
    only when one of them meets the range.
    """
    paths, low, high = care if care else ([], None, None)
    statement = Statement(
        f"""
        WITH inside AS MATERIALIZED (
            SELECT DISTINCT held.key FROM unnest($1::bigint[]) AS wanted(token) CROSS JOIN LATERAL (
                SELECT key FROM resource_token WHERE tokens @> ARRAY[wanted.token] OFFSET 0
            ) AS held
        )
        SELECT r.key, r.type, r.id, r.content FROM {resource("r")} JOIN inside USING (key)
        WHERE r.type = ANY($2::text[]) AND r.content IS NOT NULL
            AND NOT (r.type = $3 AND r.id = $4) AND r.key > $5
            AND ($6::timestamptz IS NULL OR r.updated >= $6)
            AND ($8::timestamptz IS NULL
                OR NOT EXISTS (SELECT FROM search_date s WHERE s.key = r.key AND s.path = ANY($7::bigint[]))
                OR EXISTS (SELECT FROM search_date s WHERE s.key = r.key AND s.path = ANY($7::bigint[])
                    AND s.low < $9::timestamptz AND s.high > $8))
        ORDER BY r.key LIMIT $10
        """,
        [list(within.tokens), list(types), within.focus, within.id, after, since, list(paths), low, high, limit],
    )
    return [tuple(row) for row in await rows(connection, statement)]


async def labels_in_use(connection: Any, type_: str | None, limit: int) -> list[tuple[str, str]]:
    """Name of the set (profile, security, tag) and JSON of up to ``limit`` labels of current resources."""
    found = await connection.fetch(
        f"""
        SELECT DISTINCT given.name, label.value::text AS label
        FROM {resource("r")}
            CROSS JOIN LATERAL (SELECT r.content -> 'meta' AS meta OFFSET 0) AS of_row
            CROSS JOIN LATERAL (VALUES ('profile', of_row.meta -> 'profile'), ('security', of_row.meta -> 'security'),
                ('tag', of_row.meta -> 'tag')) AS given(name, labels)
            CROSS JOIN LATERAL json_array_elements(given.labels) AS label
        WHERE r.content IS NOT NULL AND ($1::text IS NULL OR r.type = $1)
        ORDER BY 1, 2 LIMIT $2
        """,
        type_,
        limit,
    )
    return [(row["name"], row["label"]) for row in found]


async def relabel(connection: Any, version: Version, marks: int, tokens: Sequence[int], present: Sequence[int]) -> None:
    """Put ``version.content`` and ``marks`` in the place of what that version holds; ``tokens`` and what is ``present``
    are new if it is the current one."""
    key = await connection.fetchval(
        "UPDATE resource SET content = $4, marks = $5 WHERE type = $1 AND id = $2 AND version = $3 RETURNING key",
        version.type,
        version.id,
        version.version,
        version.content,
        marks,
    )
    if key is not None:
        await connection.execute(
            "UPDATE resource_token SET tokens = $2, present = $3 WHERE key = $1", key, tokens, present
        )
    else:
        await connection.execute(
            "UPDATE resource_history SET content = $4, marks = $5 WHERE type = $1 AND id = $2 AND version = $3",
            version.type,
            version.id,
            version.version,
            version.content,
            marks,
        )


async def expunge_history(connection: Any, type_: str, id_: str) -> int:
    """Remove the superseded versions of one resource for ever; how many there were."""
    status = await connection.execute("DELETE FROM resource_history WHERE type = $1 AND id = $2", type_, id_)
    return int(status.split()[-1])


async def expunge_deleted(connection: Any, type_: str, id_: str) -> int:
    """Remove the last trace of a deleted resource, its row without content; 0 where it is not deleted."""
    gone = await connection.fetch(
        """
        WITH gone AS (DELETE FROM resource WHERE type = $1 AND id = $2 AND content IS NULL RETURNING key)
        DELETE FROM resource_token WHERE key IN (SELECT key FROM gone) RETURNING key
        """,
        type_,
        id_,
    )
    return len(gone)
