"""What people ask of the inbox: search, one message, counts, running again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ..model import Arrival

_SHOWN = """id, received_at, type, control_id, sender, receiver, state, reason, reason_chinese, patient,
    octet_length(raw) AS size_bytes, repeats, attempts"""


@dataclass(frozen=True, slots=True)
class Filter:
    """``query`` is the beginning of a control id or patient identifier, in whatever case; ``type`` a message
    code (``ADT``) or a whole type; ``before`` the id to go on from, newest first."""

    query: str = ""
    state: str = ""
    type: str = ""
    before: int | None = None
    limit: int = 50


async def search(connection: Any, asked: Filter) -> list[Any]:
    """The newest messages that fit, at most ``asked.limit`` and one more."""
    terms, values = ["true"], []

    def value(given: Any) -> str:
        values.append(given)
        return f"${len(values)}"

    if asked.query:
        at = value(asked.query)
        control_id, patient = _begins("control_id", at), _begins("patient", at)
        terms.append(  # each part as its partial index is defined, so that it serves
            f"((state <> 'received' AND {control_id}) OR (state = 'received' AND {control_id})"
            f" OR (patient IS NOT NULL AND {patient}))"
        )
    if asked.state in ("received", "dead"):
        terms.append(f"state = '{asked.state}'")  # spelt out, so that the partial indexes can serve
    elif asked.state:
        terms.append(f"state = {value(asked.state)}")
    if "^" in asked.type:
        terms.append(f"type = {value(asked.type)}")
    elif asked.type:
        terms.append(f"split_part(type, '^', 1) = {value(asked.type)}")
    if asked.before is not None:
        terms.append(f"id < {value(asked.before)}")
    sql = f"SELECT {_SHOWN} FROM hl7_message WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT "  # noqa: S608
    found: list[Any] = await connection.fetch(sql + value(asked.limit + 1), *values)
    return found


def _begins(column: str, at: str) -> str:
    """That ``column`` begins with the parameter ``at``, as a range that text_pattern_ops indexes serve."""
    return f"(lower({column}) ~>=~ lower({at}::text) AND lower({column}) ~<~ (lower({at}::text) || chr(1114111)))"


async def detail(connection: Any, id_: int) -> Any:
    """One message with its bytes, or ``None``."""
    return await connection.fetchrow(
        f"SELECT {_SHOWN}, raw, charset, acknowledged_as, holds_control_id, processed_at, produced, corrects,"  # noqa: S608
        " history, (SELECT h.id FROM hl7_message h WHERE h.control_id = m.control_id AND h.sender = m.sender"
        " AND h.holds_control_id) AS holder"
        " FROM hl7_message m WHERE id = $1",
        id_,
    )


async def counts(connection: Any, now: datetime) -> dict[str, int]:
    """Messages waiting and dead in all; processed, superseded and received within the last day and minute."""
    row = await connection.fetchrow(
        """
        SELECT
            (SELECT count(*) FROM hl7_message WHERE state = 'received') AS received,
            (SELECT count(*) FROM hl7_message WHERE state = 'dead') AS dead,
            count(*) FILTER (WHERE state = 'processed') AS processed,
            count(*) FILTER (WHERE state = 'superseded') AS superseded,
            count(*) FILTER (WHERE received_at > $1::timestamptz - interval '1 minute') AS last_minute
        FROM hl7_message WHERE received_at > $1::timestamptz - interval '1 day'
        """,
        now,
    )
    return dict(row)


async def requeue(connection: Any, ids: Sequence[int], by: str, at: datetime) -> list[Any]:
    """Let dead or processed messages wait again, and note who asked; returns id and state of those that do."""
    note = orjson.dumps([{"at": at.isoformat(), "action": "rerun", "by": by}])
    found: list[Any] = await connection.fetch(
        """
        UPDATE hl7_message SET state = 'received', processed_at = NULL,
            history = (history::jsonb || $2::json::jsonb)::json
        WHERE id = ANY($1::bigint[]) AND state IN ('dead', 'processed')
        RETURNING id, state
        """,
        list(ids),
        note,
    )
    return found


async def supersede(connection: Any, id_: int, corrected: Arrival, by: str) -> int | None:
    """Put ``corrected`` into the inbox in place of dead message ``id_``, which stays as it came; returns the
    new id, or ``None`` when the message is not dead (any more)."""
    at = corrected.received_at.isoformat()
    held = await connection.fetchval("SELECT id FROM hl7_message WHERE id = $1 AND state = 'dead' FOR UPDATE", id_)
    if held is None:
        return None
    new = await connection.fetchval(
        """
        INSERT INTO hl7_message (sender, receiver, control_id, type, digest, charset, raw, received_at,
            acknowledged_as, state, holds_control_id, corrects, history)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'received', false, $10, $11)
        ON CONFLICT (control_id, sender, digest) WHERE NOT holds_control_id DO NOTHING
        RETURNING id
        """,
        corrected.sender,
        corrected.receiver,
        corrected.control_id,
        corrected.type,
        corrected.digest,
        corrected.charset,
        corrected.raw,
        corrected.received_at,
        corrected.acknowledged_as,
        id_,
        orjson.dumps([{"at": at, "action": "corrects", "by": by, "id": str(id_)}]),
    )
    if new is not None:
        note = orjson.dumps([{"at": at, "action": "corrected", "by": by, "id": str(new)}])
        await connection.execute(
            "UPDATE hl7_message SET state = 'superseded', history = (history::jsonb || $2::json::jsonb)::json"
            " WHERE id = $1",
            id_,
            note,
        )
    return None if new is None else int(new)
