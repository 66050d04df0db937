"""The operations of the interface, each with a connection or a transaction of its own (R4 operations.html)."""

from __future__ import annotations

from collections.abc import Sequence

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_shape, parse
from .answer import Answer
from .everything import FOCUSES, everything
from .expunging import Expunging
from .known import known
from .labels import Labels, labels, labels_in_use
from .model import Cause
from .retrying import retrying
from .service import Store
from .settings import StoreSettings
from .validating import validate


class Operations:
    """What is asked by ``$name``. ``base`` is the FHIR URL."""

    def __init__(self, database: Database, store: Store, clock: Clock, ids: Ids, settings: StoreSettings) -> None:
        self._database = database
        self._labels = Labels(store.writer, clock, ids)
        self._expunging = Expunging(store, clock, ids, settings)

    async def validate(
        self, type_: str, id_: str | None, text: bytes | None, parameters: Sequence[tuple[str, str]]
    ) -> Answer:
        async with self._database.connection() as connection:
            return await validate(connection, type_, id_, text, parameters)

    async def everything(self, type_: str, id_: str, parameters: Sequence[tuple[str, str]], base: str) -> Answer:
        known(type_, id_)
        if type_ not in FOCUSES:
            raise XinglinError(
                Category.NOT_FOUND,
                f"$everything is there for {' and '.join(FOCUSES)}",
                f"$everything 仅适用于 {'、'.join(FOCUSES)}",
                issue_code="not-supported",
            )
        async with self._database.connection() as connection:
            return await everything(connection, type_, id_, parameters, base)

    async def meta(self, type_: str, id_: str, version: str | None) -> Answer:
        async with self._database.connection() as connection:
            return await labels(connection, type_, id_, version)

    async def meta_in_use(self, type_: str | None) -> Answer:
        async with self._database.connection() as connection:
            return await labels_in_use(connection, type_)

    async def relabel(self, type_: str, id_: str, version: str | None, text: bytes, add: bool, cause: Cause) -> Answer:
        change = self._labels.add if add else self._labels.delete

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                return await change(connection, type_, id_, version, text, cause)

        return await retrying(attempt)

    async def expunge(self, type_: str, id_: str, text: bytes, cause: Cause) -> Answer:
        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                return await self._expunging.expunge(connection, type_, id_, text, cause)

        return await retrying(attempt)

    @staticmethod
    def parameters_in(text: bytes) -> list[tuple[str, str]]:
        """The parameters of simple types in a Parameters resource. Raises INVALID for another body."""
        given = parse(text)
        check_shape(given)
        if given["resourceType"] != "Parameters":
            raise XinglinError(Category.INVALID, "a Parameters resource is expected", "应为 Parameters 资源")
        return [
            (one["name"], str(value))
            for one in given.get("parameter", ())
            for key, value in one.items()
            if key.startswith("value") and isinstance(value, str | int)
        ]
