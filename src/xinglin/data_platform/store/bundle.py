"""Batches and transactions (hl7.org/fhir/R4/http.html#transaction), each in a constant number of statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar

from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_id, known_type, unknown_type
from . import conditional
from .answer import Answer, BundleText, failed_entry
from .envelope import Entry, Envelope, open_bundle
from .linking import Links, conditional_references
from .model import Cause, Draft, Method, Written
from .preparing import prepare, prepare_deletion, version_of
from .reading import Reading
from .retrying import retrying
from .service import Store
from .settings import StoreSettings

_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "GET": 3, "HEAD": 3}
_LARGE_BYTES = 2**20
_NO_LINKS = Links({})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry as it will be carried out. ``id`` is None until its ``condition`` is resolved, or for a GET."""

    place: int
    entry: Entry
    method: str
    type: str
    id: str | None
    condition: conditional.Condition | None
    fresh: bool = False
    matched: bool = False

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.place}]"

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")


class Bundles:
    """Carries Bundles out. ``base`` is the FHIR URL that the caller used."""

    def __init__(self, database: Database, store: Store, reading: Reading, ids: Ids, settings: StoreSettings) -> None:
        self._database = database
        self._store = store
        self._reading = reading
        self._ids = ids
        self._settings = settings

    async def carry_out(self, text: bytes, base: str, cause: Cause, with_resources: bool) -> bytes:
        """The response Bundle to the Bundle in ``text``.

        A transaction is all or nothing: the first entry that fails is raised, its place in ``expression``.
        In a batch each entry fails alone.
        """
        envelope = await _aside(len(text), lambda: open_bundle(text, self._settings.max_bundle_entries))
        if envelope.type == "batch":
            entries = await self._batch(envelope, len(text), base, cause, with_resources)
        else:
            steps = [self._step(place, entry, base) for place, entry in enumerate(envelope.entry)]
            answers = await self._together(steps, len(text), base, cause, with_resources)
            ordered = sorted(steps, key=lambda step: step.place)
            entries = [answers[step.place].entry(base, with_resources or step.reads) for step in ordered]
        return BundleText(f"{envelope.type}-response", entries).text()

    async def _together(
        self, steps: Sequence[_Step], size: int, base: str, cause: Cause, with_resources: bool
    ) -> dict[int, Answer]:
        """The answers to ``steps`` by their places, all or nothing."""
        steps = sorted(steps, key=lambda step: _ORDER[step.method])
        _refuse_twins(steps)
        ready = None if any(map(_has_condition, steps)) else await self._prepare(None, steps, size, base)

        async def attempt() -> dict[int, Answer]:
            async with self._database.transaction() as connection:
                known, drafts = ready or await self._prepare(connection, steps, size, base)
                written = await self._store.writer.write(connection, [one for one in drafts if one], cause)
                answers = _answers(known, drafts, written, with_resources)
                for step in known:
                    if step.reads:
                        answers[step.place] = await self._get(connection, step, base)
                    elif step.matched and step.method == "POST":
                        answers[step.place] = await self._reading.read(connection, step.type, step.id or "")
                return answers

        return await retrying(attempt)

    async def _batch(self, envelope: Envelope, size: int, base: str, cause: Cause, with_resources: bool) -> list[bytes]:
        """Writes without conditions go in one transaction, where each may still be refused; the rest one by one."""
        answers: dict[int, bytes] = {}
        drafts: dict[int, Draft] = {}
        alone: list[_Step] = []
        for place, entry in enumerate(envelope.entry):
            try:
                step = self._step(place, entry, base)
                draft = None if step.reads or _has_condition(step) else _draft(step, _NO_LINKS)
            except XinglinError as error:
                answers[place] = failed_entry(error)
                continue
            if draft is None:
                alone.append(step)
            else:
                drafts[place] = draft
        results = await retrying(lambda: self._write_each(list(drafts.values()), cause))
        for (place, draft), result in zip(drafts.items(), results, strict=True):
            if isinstance(result, XinglinError):
                answers[place] = failed_entry(result)
            else:
                answers[place] = answer_of(result, draft, with_resources).entry(base, with_resources)
        for step in alone:
            try:
                (answer,) = (await self._together([step], size, base, cause, with_resources)).values()
                answers[step.place] = answer.entry(base, with_resources or step.reads)
            except XinglinError as error:
                answers[step.place] = failed_entry(error)
        return [answers[place] for place in sorted(answers)]

    async def _write_each(self, drafts: Sequence[Draft], cause: Cause) -> list[Written | XinglinError]:
        if not drafts:
            return []
        async with self._database.transaction() as connection:
            return await self._store.writer.write_each(connection, drafts, cause)

    async def _prepare(
        self, connection: Any, steps: Sequence[_Step], size: int, base: str
    ) -> tuple[list[_Step], list[Draft | None]]:
        """The steps with their ids and drafts; without conditions no connection is needed, and none is held."""
        known, links = await self._resolve(connection, steps, base)
        return known, await _aside(size, lambda: [_draft(step, links) for step in known])

    def _step(self, place: int, entry: Entry, base: str) -> _Step:
        path, method = f"Bundle.entry[{place}]", entry.request.method
        if method not in _ORDER:
            raise _refused(f"{path}.request.method", f"'{method[:20]}' is not supported", f"不支持“{method[:20]}”")
        url, _, query = entry.request.url.removeprefix(base).lstrip("/").partition("?")
        type_, _, id_ = url.partition("/")
        if method in ("GET", "HEAD"):
            return _Step(place, entry, method, type_, None, None)
        if not known_type(type_):
            raise _at(unknown_type(type_), f"{path}.request.url")
        if method == "POST":
            exists = entry.request.if_none_exist
            condition = (type_, exists.lstrip("?")) if exists else None
            return _Step(place, entry, method, type_, self._ids.new(), condition, fresh=True)
        if not id_:
            return _Step(place, entry, method, type_, None, (type_, query))
        check_id(id_)
        return _Step(place, entry, method, type_, id_, None)

    async def _resolve(self, connection: Any, steps: Sequence[_Step], base: str) -> tuple[list[_Step], Links]:
        """The steps with their ids, and what every full URL and conditional reference became."""
        own = [step.condition for step in steps if step.condition]
        referred = {
            reference: (reference.partition("?")[0], reference.partition("?")[2])
            for step in steps
            for reference in conditional_references(step.entry.text)
        }
        await conditional.hold(connection, own)
        ids = await conditional.resolve(connection, self._store.searcher, [*own, *referred.values()], base)
        known = [self._known(step, ids) for step in steps]
        _refuse_twins(known)
        places = _full_urls(known)
        for reference, condition in referred.items():
            found = ids[condition]
            if found is None:
                raise _refused(reference[:200], "nothing matches this reference", "没有资源符合该引用", "not-found")
            places[reference] = f"{condition[0]}/{found}"
        return known, Links(places)

    def _known(self, step: _Step, ids: Mapping[conditional.Condition, str | None]) -> _Step:
        if step.condition is None:
            return step
        found = ids[step.condition]
        if found is not None:
            return replace(step, id=found, matched=True)
        if step.method == "PUT":
            return replace(step, id=self._ids.new(), fresh=True)
        return step

    async def _get(self, connection: Any, step: _Step, base: str) -> Answer:
        try:
            return await self._reading.get(connection, step.entry.request.url, base, strict=False)
        except XinglinError as error:
            raise _at(error, step.path) from error


def _draft(step: _Step, links: Links) -> Draft | None:
    """The draft of a step, None for one that writes nothing."""
    if step.reads or (step.method == "POST" and step.matched) or step.id is None:
        return None
    try:
        expected = version_of(step.entry.request.if_match, "ifMatch")
        if step.method == "DELETE":
            return prepare_deletion(step.type, step.id, expected)
        if not step.entry.text:
            raise XinglinError(Category.INVALID, "the resource is missing", "缺少资源", issue_code="required")
        text = links.apply(step.entry.text, step.path)
        method: Method = "POST" if step.method == "POST" else "PUT"
        id_in_url = method == "PUT" and step.condition is None
        return prepare(text, step.type, step.id, method, id_in_url, fresh=step.fresh, expected_version=expected)
    except XinglinError as error:
        raise _at(error, f"{step.path}.resource") from error


def _answers(
    steps: Sequence[_Step], drafts: Sequence[Draft | None], written: Sequence[Written], with_resources: bool
) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    results = iter(written)
    for step, draft in zip(steps, drafts, strict=True):
        if draft is not None:
            answers[step.place] = answer_of(next(results), draft, with_resources)
        elif step.method == "DELETE":
            answers[step.place] = Answer(HTTPStatus.NO_CONTENT)
    return answers


def answer_of(written: Written, draft: Draft, with_resource: bool = True) -> Answer:
    """The answer to a write, with the resource as it is stored if that is wanted."""
    place = f"{written.type}/{written.id}"
    if draft.text is None:
        version = written.version or None
        return Answer(HTTPStatus.NO_CONTENT, None, place if version else None, version, written.updated)
    status = HTTPStatus.CREATED if written.status == "created" else HTTPStatus.OK
    content = draft.stored(written) if with_resource else None
    return Answer(status, content, place, written.version, written.updated)


def _full_urls(steps: Sequence[_Step]) -> dict[str, str]:
    """What each full URL became; of a URL that ends in ``Type/id`` that relative form too."""
    places: dict[str, str] = {}
    for step in steps:
        url = step.entry.full_url
        if not url or step.id is None:
            continue
        if url in places:
            raise _refused(f"{step.path}.fullUrl", f"{url[:200]} occurs twice", f"{url[:200]} 重复出现")
        places[url] = f"{step.type}/{step.id}"
        parts = url.rsplit("/", 2)
        if len(parts) == 3 and parts[1] == step.type and f"{parts[1]}/{parts[2]}" != places[url]:
            places[f"{parts[1]}/{parts[2]}"] = places[url]
    return places


def _refuse_twins(steps: Sequence[_Step]) -> None:
    """No resource may be written twice in one transaction (http.html#trules)."""
    seen: set[tuple[str, str]] = set()
    for step in steps:
        if step.id is None or (step.method == "POST" and step.matched):
            continue
        if (step.type, step.id) in seen:
            place = f"{step.type}/{step.id}"
            raise _refused(
                step.path, f"{place} is written twice in this transaction", f"{place} 在同一事务中被写入两次"
            )
        seen.add((step.type, step.id))


def _has_condition(step: _Step) -> bool:
    return step.condition is not None or any(conditional_references(step.entry.text))


def _at(error: XinglinError, path: str) -> XinglinError:
    """``error`` with its place in the Bundle before what it says."""
    inner = error.expression or ""
    where = path + inner[len(inner.partition(".")[0]) :] if inner[:1].isupper() else path
    return XinglinError(
        error.category,
        f"{path}: {error.english}",
        f"{path}：{error.chinese}",
        expression=where,
        issue_code=error.issue_code,
        retry_after_seconds=error.retry_after_seconds,
    )


def _refused(path: str, english: str, chinese: str, issue_code: str = "invalid") -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{path}: {english}", f"{path}：{chinese}", expression=path, issue_code=issue_code
    )


async def _aside(size: int, work: Callable[[], _T]) -> _T:
    """``work`` in a thread when it is long, so that others are answered meanwhile."""
    return await asyncio.to_thread(work) if size > _LARGE_BYTES else work()
