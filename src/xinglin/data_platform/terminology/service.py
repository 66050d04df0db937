"""Finding, naming and loading diagnoses and drugs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import structlog

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database

from . import loading, repository
from .drug import drug_of, medication_knowledge
from .loading import Loaded
from .model import DIAGNOSES, Diagnosis, Drug, Kind
from .spelling import keys, normal

_STARTER = Path(__file__).parent / "starter"
_BATCH_ROWS = 500
_SHOWN = 12
_CAUSE = Cause(agent="terminology")
_CODE_SYSTEM = "diagnoses"

Concept = TypeVar("Concept", Diagnosis, Drug)
log = structlog.get_logger("terminology")


class Catalogues:
    """The diagnoses and drugs of the node. A drug is a MedicationKnowledge; diagnoses are the concepts of one
    CodeSystem, which lists none of them itself (``content`` not-present) since there may be 40,000."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def find_diagnoses(self, written: str, limit: int = _SHOWN) -> list[Diagnosis]:
        """By code, characters, pinyin, its initials or English; names that begin so first. None for nothing."""
        found = await self._found("diagnosis", written, limit)
        return [Diagnosis(code=code, name_zh=zh, name_en=en) for code, zh, en in found]

    async def find_drugs(self, written: str, limit: int = _SHOWN) -> list[Drug]:
        """As ``find_diagnoses``, with all that is known of each drug."""
        codes = [code for code, _, _ in await self._found("drug", written, limit)]
        async with self._database.connection() as connection:
            known = await self.drugs(connection, codes)
        return [known[code] for code in codes if code in known]

    async def drugs(self, connection: Any, codes: Iterable[str]) -> dict[str, Drug]:
        """The drugs of these codes, by code; those that are not known, or are told of too little, are left out."""
        fetched = await self._store.fetch(connection, [("MedicationKnowledge", code) for code in codes])
        known = {}
        for (_, code), resource in fetched.items():
            try:
                known[code] = drug_of(resource)
            except (KeyError, ValueError, TypeError, IndexError):
                log.warning("a drug that others wrote tells too little to be checked", drug=code)
        return known

    async def drugs_called(self, connection: Any, names: Collection[str]) -> dict[str, Drug]:
        """The drugs that are called exactly so, in either language, by the name that was asked."""
        codes = await repository.called(connection, "drug", list(names)) if names else {}
        known = await self.drugs(connection, set(codes.values()))
        return {name: known[code] for name, code in codes.items() if code in known}

    async def diagnoses(self, connection: Any, codes: Collection[str]) -> dict[str, Diagnosis]:
        """The diagnoses of these codes, by code; those that are not known are left out."""
        found = await repository.named(connection, "diagnosis", list(codes))
        return {code: Diagnosis(code=code, name_zh=zh, name_en=en) for code, zh, en in found}

    async def load_diagnoses(self, path: Path) -> Loaded:
        """Take a file of diagnoses in, 500 rows a transaction. The same file again changes nothing, so that whoever was
        stopped starts again. Raises NOT_FOUND without the file, INVALID for one that is no such table."""
        loaded = Loaded()
        async for batch in _batches(loading.diagnoses(path, loaded)):
            async with self._writing() as connection:
                await self._keep(connection, "diagnosis", batch)
            loaded.taken += len(batch)
        async with self._writing() as connection:
            count = await repository.count(connection, "diagnosis")
            await self._store.put_all(connection, [_code_system(count)], _CAUSE)
        return loaded

    async def load_drugs(self, path: Path) -> Loaded:
        """As ``load_diagnoses``, for drugs."""
        loaded = Loaded()
        async for batch in _batches(loading.drugs(path, loaded)):
            async with self._writing() as connection:
                await self._store.put_all(connection, [medication_knowledge(one) for one in batch], _CAUSE)
                await self._keep(connection, "drug", batch)
            loaded.taken += len(batch)
        return loaded

    async def start(self) -> None:
        """Load the starter catalogues where the node has none."""
        async with self._database.connection() as connection:
            has_diagnoses = await repository.count(connection, "diagnosis") > 0
            has_drugs = await repository.count(connection, "drug") > 0
        if not has_diagnoses:
            await self.load_diagnoses(_STARTER / "diagnoses.csv")
        if not has_drugs:
            await self.load_drugs(_STARTER / "drugs.csv")

    async def keep_started(self) -> None:
        """``start``, and wait until cancelled."""
        await self.start()
        await asyncio.Event().wait()

    async def _found(self, kind: Kind, written: str, limit: int) -> list[tuple[str, str, str]]:
        begins = normal(written)
        if not begins:
            return []
        async with self._database.connection() as connection:
            return await repository.found(connection, kind, begins, limit)

    async def _keep(self, connection: Any, kind: Kind, batch: Sequence[Diagnosis] | Sequence[Drug]) -> None:
        unique = {one.code: one for one in batch}
        names = [(one.code, one.name_zh, one.name_en) for one in unique.values()]
        spelled = [(one.code, *pair) for one in unique.values() for pair in keys(one.code, one.name_zh, one.name_en)]
        await repository.put(connection, kind, names, spelled)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Any]:
        with seeing(None):  # a catalogue is nobody's record
            async with self._database.transaction() as connection:
                yield connection


async def _batches(rows: Iterator[Concept]) -> AsyncIterator[list[Concept]]:
    while batch := list(islice(rows, _BATCH_ROWS)):
        yield batch


def _code_system(count: int) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem",
        "id": _CODE_SYSTEM,
        "url": DIAGNOSES,
        "status": "active",
        "content": "not-present",
        "title": "Diagnoses of this node 本节点诊断目录",
        "count": count,
    }
