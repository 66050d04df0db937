"""Finding the record that must be opened in an emergency, by somebody who may not search for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Store
from xinglin.foundation.database import Database, Session, session
from xinglin.foundation.http import Principal

from .session import session_of

_MOST = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """Enough of a patient to hold against a wristband, and too little to learn who they are: ``name`` shows the first
    character of each part only."""

    patient: str
    name: str
    sex: str | None
    birth_year: str | None


async def candidates(database: Database, store: Store, asker: Principal, number: str) -> list[Candidate]:
    """The patients that ``number`` identifies as a whole: a record, national or insurance number, or that of a visit;
    at most five."""
    whose = session_of(asker, ())
    with session(Session(reading=whose.writing, writing=whose.writing)), seeing(None):
        async with database.connection() as connection:
            asked = [("identifier", number), ("_count", str(_MOST))]
            found = (await store.search(connection, "Patient", asked)).resources()
            visits = (await store.search(connection, "Encounter", asked)).resources()
            subjects = {(one.get("subject") or {}).get("reference", "") for one in visits}
            ids = {reference.partition("/")[2] for reference in subjects if reference.startswith("Patient/")}
            known = await store.fetch(connection, [("Patient", id_) for id_ in sorted(ids)])
    by_id = {one["id"]: one for one in [*found, *known.values()]}
    return [_candidate(one) for one in by_id.values()][:_MOST]


def _candidate(patient: Mapping[str, Any]) -> Candidate:
    names = [one for one in patient.get("name", ()) if one.get("use") not in ("old", "maiden")]
    written = [one.get("text") or " ".join([one.get("family", ""), *one.get("given", ())]) for one in names]
    birth = patient.get("birthDate")
    return Candidate(patient["id"], masked(written[0] if written else ""), patient.get("gender"), birth and birth[:4])


def masked(name: str) -> str:
    """``王小明`` as ``王**``, ``Mary Jones`` as ``M*** J****``."""
    return " ".join(part[0] + "*" * (len(part) - 1) for part in name.split())
