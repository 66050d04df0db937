"""The room's SQL: relations of care, consents, broken glass and versions of the law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .facts import CONDITIONS
from .model import Care, Glass, Meaning, Version

_GLASS = "id::text, account, account_name, patient, reason, began_at, until, reviewed_at, reviewed_by, verdict, remark"


async def put_care(connection: Any, sources: Sequence[str], relations: Sequence[Care]) -> None:
    """Put ``relations`` in the place of all that ``sources`` said before."""
    await connection.execute(
        """
        WITH gone AS (
            DELETE FROM care_relation c USING unnest($1::text[]) AS told(source) WHERE c.source = told.source
                AND (c.source, c.patient, c.party) NOT IN (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]))
        )
        INSERT INTO care_relation (source, patient, party, in_person, until)
        SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[])
        ON CONFLICT (tenant, source, patient, party)
            DO UPDATE SET in_person = excluded.in_person, until = excluded.until
            WHERE (care_relation.in_person, care_relation.until) IS DISTINCT FROM (excluded.in_person, excluded.until)
        """,
        list(sources),
        [one.source for one in relations],
        [one.patient for one in relations],
        [one.party for one in relations],
        [one.in_person for one in relations],
        [one.until for one in relations],
    )


async def put_consents(connection: Any, sources: Sequence[str], meanings: Sequence[Meaning]) -> None:
    """Put ``meanings`` in the place of all that the consents ``sources`` said before."""
    await connection.execute("DELETE FROM consent_rule WHERE source = ANY($1::text[])", list(sources))
    await connection.executemany(
        """
        INSERT INTO consent_rule
            (source, place, depth, patient, decision, types, marks, parties, purposes, since, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        [
            (
                *(one.source, one.place, one.depth, one.patient, one.decision, one.types, one.marks),
                *(one.parties, one.purposes, one.since, one.until),
            )
            for one in meanings
        ],
    )


async def put_guarded(connection: Any, guarded: Sequence[str], others: Sequence[str]) -> None:
    """Note that the records of ``guarded`` are masked, and those of ``others`` not."""
    await connection.execute("DELETE FROM guarded_patient WHERE patient = ANY($1::text[])", list(others))
    await connection.execute(
        "INSERT INTO guarded_patient (patient) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", list(guarded)
    )


async def places_within(connection: Any, units: Sequence[str]) -> list[str]:
    """References to the Locations that belong to ``units`` (references to Organizations or Locations), or lie in one
    that does."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE held(id) AS (
            SELECT id FROM resource WHERE type = 'Location' AND content IS NOT NULL AND (
                'Location/' || id = ANY($1::text[]) OR content -> 'managingOrganization' ->> 'reference' = ANY($1))
            UNION
            SELECT inner_one.id FROM held JOIN resource inner_one
                ON inner_one.type = 'Location' AND inner_one.content IS NOT NULL
                AND inner_one.content -> 'partOf' ->> 'reference' = 'Location/' || held.id
        )
        SELECT 'Location/' || id AS reference FROM held ORDER BY id
        """,
        list(units),
    )
    return [row["reference"] for row in rows]


async def allowed(
    connection: Any, condition: str, types: Sequence[str], patients: Sequence[str], marks: Sequence[int]
) -> list[bool]:
    """For each record so described, whether ``condition``, on the row ``whole``, holds for who asks."""
    rows = await connection.fetch(
        f"""
        SELECT coalesce({condition}, false) AS allowed
        FROM unnest($1::text[], $2::text[], $3::smallint[]) WITH ORDINALITY AS whole(type, patient, marks, place)
        ORDER BY place
        """,  # noqa: S608 - made by the compiler of rules
        list(types),
        list(patients),
        list(marks),
    )
    return [row["allowed"] for row in rows]


async def belonging(connection: Any, type_: str, id_: str) -> tuple[str, int] | None:
    """Whose record a resource is part of, and its marks; None where it never was."""
    row = await connection.fetchrow("SELECT patient, marks FROM resource WHERE type = $1 AND id = $2", type_, id_)
    return None if row is None else (row["patient"], row["marks"])


async def facts(connection: Any, type_: str, patient: str, marks: int) -> dict[str, bool]:
    """Every fact about a record so described, for who asks."""
    named = ", ".join(
        f'coalesce({condition.format(row="whole")}, false) AS "{name}"' for name, condition in CONDITIONS.items()
    )
    row = await connection.fetchrow(
        f"SELECT {named} FROM (SELECT $1::text, $2::text, $3::smallint) AS whole(type, patient, marks)",  # noqa: S608
        type_,
        patient,
        marks,
    )
    return dict(row)


async def caring(connection: Any, patient: str) -> list[Care]:
    """Who cares for the patient now."""
    rows = await connection.fetch(
        "SELECT source, patient, party, in_person, until FROM care_relation WHERE patient = $1 AND until > now()"
        " ORDER BY in_person DESC, party, source",
        patient,
    )
    return [Care(**row) for row in rows]


async def named_in_consents(connection: Any, patient: str) -> list[str]:
    """Whom the patient's consents permit something now, by name."""
    rows = await connection.fetch(
        "SELECT DISTINCT unnest(parties) AS party FROM consent_rule WHERE patient = $1 AND decision = 'permit'"
        " AND now() BETWEEN since AND until ORDER BY party",
        patient,
    )
    return [row["party"] for row in rows if "/" in row["party"]]


async def open_glasses(connection: Any, patient: str) -> list[str]:
    """The names of the accounts to which the record is open in an emergency now."""
    rows = await connection.fetch(
        "SELECT DISTINCT account_name FROM broken_glass WHERE patient = $1 AND until > now() ORDER BY account_name",
        patient,
    )
    return [row["account_name"] for row in rows]


async def break_glass(connection: Any, glass: Glass) -> None:
    await connection.execute(
        "INSERT INTO broken_glass (id, account, account_name, patient, reason, began_at, until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(glass.id, glass.account, glass.account_name, glass.patient, glass.reason, glass.began_at, glass.until),
    )


async def mend_glass(connection: Any, id_: str, account: str, now: datetime) -> bool:
    """End an open one early; False where that account has none by this id."""
    status = await connection.execute(
        "UPDATE broken_glass SET until = $3 WHERE id = $1 AND account = $2 AND until > $3", id_, account, now
    )
    return bool(status.endswith(" 1"))


async def glasses(connection: Any, account: str | None, unreviewed: bool, limit: int) -> list[Glass]:
    """Broken ones, newest first: those of one account, or only what nobody has reviewed."""
    rows = await connection.fetch(
        f"SELECT {_GLASS} FROM broken_glass WHERE ($1::text IS NULL OR account = $1)"  # noqa: S608 - constants only
        " AND (NOT $2 OR reviewed_at IS NULL) ORDER BY began_at DESC LIMIT $3",
        account,
        unreviewed,
        limit,
    )
    return [Glass(**row) for row in rows]


async def review_glass(
    connection: Any, id_: str, reviewer: str, verdict: str, remark: str, now: datetime
) -> str | None:
    """Note a review by somebody else than who broke it; whose it was, None where there is no such one to review."""
    account = await connection.fetchval(
        "UPDATE broken_glass SET reviewed_at = $5, reviewed_by = $2, verdict = $3, remark = $4"
        " WHERE id = $1 AND account <> $2 AND reviewed_at IS NULL RETURNING account",
        id_,
        reviewer,
        verdict,
        remark,
        now,
    )
    return None if account is None else str(account)


async def law_versions(connection: Any, limit: int) -> list[Version]:
    """Newest first; the newest is in force."""
    rows = await connection.fetch(
        "SELECT number, text, note, author, made_at FROM law_version ORDER BY number DESC LIMIT $1", limit
    )
    return [Version(**row) for row in rows]


async def add_law_version(connection: Any, one: Version) -> bool:
    """False where another has that number meanwhile."""
    status = await connection.execute(
        "INSERT INTO law_version (number, text, note, author, made_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        *(one.number, one.text, one.note, one.author, one.made_at),
    )
    return bool(status.endswith(" 1"))


async def tell_of_change(connection: Any, what: str) -> None:
    """Wake every process that remembers decisions, when the transaction commits."""
    await connection.execute("SELECT pg_notify('access_changed', $1)", what)
