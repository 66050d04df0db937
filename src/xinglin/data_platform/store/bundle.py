"""Batches and transactions (hl7.org/fhir/R4/http.html#transaction), each in a constant number of statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import Ids

from . import conditional, repository
from .answer import Answer, BundleText, answer_of, failed_entry, information
from .envelope import Envelope, open_bundle
from .linking import Links, conditional_references
from .model import Cause, Draft, Version, Written
from .reading import Held, Reading
from .retrying import retrying
from .service import Store
from .settings import StoreSettings
from .shortening import WHOLE
from .step import (
    ORDER,
    Step,
    at_entry,
    draft_of,
    links_of,
    read_step,
    refuse_twins,
    refused,
    resolved,
)
from .touching import Shown

_LARGE_BYTES = 2**20
_NO_LINKS = Links({})
_NOTHING_THERE: Mapping[tuple[str, str], Version] = {}
_T = TypeVar("_T")


class Bundles:
    """Carries Bundles out. ``base`` is the FHIR URL that the caller used."""

    def __init__(self, database: Database, store: Store, reading: Reading, ids: Ids, settings: StoreSettings) -> None:
        self._database = database
        self._store = store
        self._reading = reading
        self._ids = ids
        self._settings = settings

    async def carry_out(self, text: bytes, base: str, cause: Cause, returned: str | None) -> Answer:
        """The response Bundle to the Bundle in ``text``; ``returned`` is what ``Prefer: return`` asks.

        A transaction is all or nothing: the first entry that fails is raised, its place in ``expression``.
        In a batch each entry fails alone.
        """
        envelope = await _aside(len(text), lambda: open_bundle(text, self._settings.max_bundle_entries))
        if envelope.type == "batch":
            entries, shown = await self._batch(envelope, len(text), base, cause, returned)
        else:
            steps = [read_step(place, entry, base, self._ids) for place, entry in enumerate(envelope.entry)]
            answers = await self._together(steps, len(text), base, cause, returned == "representation")
            ordered = sorted(steps, key=lambda step: step.place)
            entries = [_entry(step, answers[step.place], base, returned) for step in ordered]
            shown = [one for answer in answers.values() for one in answer.shown]
        return Answer(HTTPStatus.OK, BundleText(f"{envelope.type}-response", entries).text(), shown=shown)

    async def _together(
        self, steps: Sequence[Step], size: int, base: str, cause: Cause, with_resources: bool
    ) -> dict[int, Answer]:
        """The answers to ``steps`` by their places, all or nothing."""
        steps = sorted(steps, key=lambda step: ORDER[step.method])
        refuse_twins(steps)
        ready = None
        if not any(step.needs_what_is_there for step in steps):
            ready = await self._prepare(None, steps, size, base)

        async def attempt() -> dict[int, Answer]:
            async with self._database.transaction() as connection:
                known, drafts = ready or await self._prepare(connection, steps, size, base)
                written = await self._store.writer.write(connection, [one for one in drafts if one], cause)
                answers = _answers(known, drafts, written, with_resources)
                for step in known:
                    if step.reads:
                        answers[step.place] = await self._get(connection, step, base)
                    elif step.matched and step.method == "POST":
                        answers[step.place] = await self._reading.read(connection, step.type, step.id or "", WHOLE)
                return answers

        return await retrying(attempt)

    async def _batch(
        self, envelope: Envelope, size: int, base: str, cause: Cause, returned: str | None
    ) -> tuple[list[bytes], list[Shown]]:
        """Writes without conditions go in one transaction, where each may still be refused; the rest one by one,
        in the order of a transaction."""
        with_resources = returned == "representation"
        answers: dict[int, bytes] = {}
        shown: list[Shown] = []
        steps: dict[int, Step] = {}
        drafts: dict[int, Draft] = {}
        alone: list[Step] = []
        for place, entry in enumerate(envelope.entry):
            try:
                step = steps[place] = read_step(place, entry, base, self._ids)
                if step.reads or step.needs_what_is_there:
                    alone.append(step)
                elif (draft := draft_of(step, _NO_LINKS, _NOTHING_THERE)) is not None:
                    drafts[place] = draft
            except XinglinError as error:
                answers[place] = failed_entry(error)
        results = await retrying(lambda: self._write_each(list(drafts.values()), cause))
        for (place, draft), result in zip(drafts.items(), results, strict=True):
            if isinstance(result, XinglinError):
                answers[place] = failed_entry(at_entry(result, f"Bundle.entry[{place}]"))
            else:
                answer = answer_of(result, draft, with_resources)
                shown += answer.shown
                answers[place] = _entry(steps[place], answer, base, returned)
        for step in sorted(alone, key=lambda step: ORDER[step.method]):
            try:
                (answer,) = (await self._together([step], size, base, cause, with_resources)).values()
                shown += answer.shown
                answers[step.place] = _entry(step, answer, base, returned)
            except XinglinError as error:
                answers[step.place] = failed_entry(error)
        return [answers[place] for place in sorted(answers)], shown

    async def _write_each(self, drafts: Sequence[Draft], cause: Cause) -> list[Written | XinglinError]:
        if not drafts:
            return []
        async with self._database.transaction() as connection:
            return await self._store.writer.write_each(connection, drafts, cause)

    async def _prepare(
        self, connection: Any, steps: Sequence[Step], size: int, base: str
    ) -> tuple[list[Step], list[Draft | None]]:
        """The steps with their ids and drafts; without conditions no connection is needed, and none is held."""
        known, links = await self._resolve(connection, steps, base)
        current = _NOTHING_THERE
        if any(step.looks_at_current for step in known):
            # All that will be written is locked at once and in one order, so that two bundles cannot deadlock.
            asked = sorted({(step.type, step.id) for step in known if step.writes and step.id and not step.fresh})
            locked = [one.version for one in await repository.lock(connection, asked)]
            current = {(found.type, found.id): found for found in locked}
            size = _LARGE_BYTES + 1  # a patch may load an engine
        return known, await _aside(size, lambda: [draft_of(step, links, current) for step in known])

    async def _resolve(self, connection: Any, steps: Sequence[Step], base: str) -> tuple[list[Step], Links]:
        """The steps with their ids, and what every full URL and conditional reference became."""
        own = [step.condition for step in steps if step.condition]
        referred = {
            reference: (reference.partition("?")[0], reference.partition("?")[2])
            for step in steps
            if step.patch is None
            for reference in conditional_references(step.entry.text)
        }
        await conditional.hold(connection, own)
        single = [step.condition for step in steps if step.condition and step.method != "DELETE"]
        ids = await conditional.resolve(connection, self._store.searcher, [*single, *referred.values()], base)
        known = []
        for step in steps:
            if step.condition is None:
                known.append(step)
            elif step.method == "DELETE":
                known += await self._deletions(connection, step, step.condition, base)
            else:
                known.append(resolved(step, ids[step.condition], self._ids))
        refuse_twins(known)
        meant: dict[str, str] = {}
        for reference, condition in referred.items():
            found = ids[condition]
            if found is None:
                raise refused(reference[:200], "nothing matches this reference", "没有资源符合该引用", "not-found")
            meant[reference] = f"{condition[0]}/{found}"
        return known, links_of(known, meant)

    async def _deletions(self, connection: Any, step: Step, condition: conditional.Condition, base: str) -> list[Step]:
        limit = self._settings.max_conditional_deletes
        found = await conditional.resolve_all(connection, self._store.searcher, condition, base, limit)
        return [replace(step, id=id_, matched=True) for id_ in found] or [step]

    async def _get(self, connection: Any, step: Step, base: str) -> Answer:
        request = step.entry.request
        held = Held(request.if_none_match, request.if_modified_since)
        try:
            return await self._reading.get(connection, request.url, base, held)
        except XinglinError as error:
            raise at_entry(error, step.path) from error


def _answers(
    steps: Sequence[Step], drafts: Sequence[Draft | None], written: Sequence[Written], with_resources: bool
) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    results = iter(written)
    for step, draft in zip(steps, drafts, strict=True):
        if draft is not None:
            answers[step.place] = answer_of(next(results), draft, with_resources)
        elif step.method == "DELETE":
            answers[step.place] = Answer(HTTPStatus.NO_CONTENT)
    return answers


def _entry(step: Step, answer: Answer, base: str, returned: str | None) -> bytes:
    """The entry that answers ``step``: reads always bring what was asked, writes what ``returned`` wants."""
    with_resource = returned == "representation" if not step.reads else step.method == "GET"
    outcome = None
    if returned == "OperationOutcome" and not step.reads:
        deleted = step.method == "DELETE"
        outcome = information("deleted" if deleted else "written", "已删除" if deleted else "已写入")
    return answer.entry(base, with_resource, outcome)


async def _aside(size: int, work: Callable[[], _T]) -> _T:
    """``work`` in a thread when it is long, so that others are answered meanwhile."""
    return await asyncio.to_thread(work) if size > _LARGE_BYTES else work()
