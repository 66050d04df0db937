"""Entries of a bundle as steps that are carried out in the order of R4 (hl7.org/fhir/R4/http.html#trules)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_id, known_type, unknown_type
from . import conditional
from .envelope import Entry
from .known import patchable
from .linking import Links, conditional_references, root_of
from .model import Draft, Method, Version
from .patching import Patch, of_entry
from .preparing import prepare, prepare_deletion, version_of

ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry as it will be carried out. ``id`` is None until its ``condition`` is resolved, or for a GET.

    ``must_be_new``: nothing matched its condition, and ``id`` is the one that the resource brought.
    """

    place: int
    entry: Entry
    method: str
    type: str
    id: str | None
    condition: conditional.Condition | None
    fresh: bool = False
    matched: bool = False
    patch: Patch | None = None
    must_be_new: bool = False

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.place}]"

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def writes(self) -> bool:
        return not self.reads and self.id is not None and not (self.method == "POST" and self.matched)

    @property
    def looks_at_current(self) -> bool:
        """Whether what is stored at its id decides what is written."""
        return self.patch is not None or self.must_be_new

    @property
    def needs_what_is_there(self) -> bool:
        """Whether it cannot be prepared without asking the database."""
        return self.condition is not None or self.patch is not None or any(conditional_references(self.entry.text))


def read_step(place: int, entry: Entry, base: str, ids: Ids) -> Step:
    """The step that ``entry`` asks for. Raises INVALID naming its place for what no server can do."""
    path, method = f"Bundle.entry[{place}]", entry.request.method
    if method not in ORDER:
        raise refused(f"{path}.request.method", f"'{method[:20]}' is not supported", f"不支持“{method[:20]}”")
    url, _, query = entry.request.url.removeprefix(base).lstrip("/").partition("?")
    type_, _, id_ = url.rstrip("/").partition("/")
    if method in ("GET", "HEAD"):
        return Step(place, entry, method, type_, None, None)
    where = f"{path}.request.url"
    if not known_type(type_):
        raise at_entry(unknown_type(type_), where)
    if method == "POST":
        if id_ or query:
            raise refused(
                where, "in a Bundle a POST creates: write the type alone", "Bundle 中的 POST 仅用于创建，只写类型即可"
            )
        exists = entry.request.if_none_exist
        condition = _condition(type_, exists.lstrip("?"), f"{path}.request.ifNoneExist") if exists else None
        return Step(place, entry, method, type_, ids.new(), condition, fresh=True)
    patch = _patch(entry, path) if method == "PATCH" else None
    if not id_:
        return Step(place, entry, method, type_, None, _condition(type_, query, where), patch=patch)
    try:
        check_id(id_)
    except XinglinError as error:
        raise at_entry(error, where) from error
    return Step(place, entry, method, type_, id_, None, patch=patch)


def _condition(type_: str, query: str, where: str) -> conditional.Condition:
    try:
        conditional.check((type_, query))
    except XinglinError as error:
        raise at_entry(error, where) from error
    return type_, query


def _patch(entry: Entry, path: str) -> Patch:
    try:
        return of_entry(_text(entry))
    except XinglinError as error:
        raise at_entry(error, f"{path}.resource") from error


def draft_of(step: Step, links: Links, current: Mapping[tuple[str, str], Version]) -> Draft | None:
    """The draft of a step, None for one that writes nothing. ``current`` has what patches are applied to."""
    if not step.writes or step.id is None:
        return None
    try:
        expected = version_of(step.entry.request.if_match, "ifMatch")
        if step.method == "DELETE":
            return prepare_deletion(step.type, step.id, expected)
        there = current.get((step.type, step.id))
        if step.patch is not None:
            text = links.apply_urns(step.patch.apply(patchable(step.type, step.id, there)), step.path)
        else:
            if step.must_be_new and there is not None and there.content is not None:
                raise conditional.taken(step.type, step.id)
            text = links.apply(_text(step.entry), step.path, root_of(step.entry.full_url, step.type))
        method: Method = "POST" if step.method == "POST" else "PUT"
        in_url = method == "PUT" and step.condition is None
        return prepare(text, step.type, step.id, method, in_url, fresh=step.fresh, expected_version=expected)
    except XinglinError as error:
        raise at_entry(error, f"{step.path}.resource") from error


def links_of(steps: Sequence[Step], conditions: Mapping[str, str]) -> Links:
    """What the full URLs of ``steps`` became. Raises INVALID where one occurs twice."""
    places: dict[str, str] = {}
    for step in steps:
        url = step.entry.full_url
        if not url or step.id is None:
            continue
        if url in places and places[url] != f"{step.type}/{step.id}":
            raise refused(f"{step.path}.fullUrl", f"{url[:200]} occurs twice", f"{url[:200]} 重复出现")
        places[url] = f"{step.type}/{step.id}"
    created = {f"{step.type}/{step.id}" for step in steps if step.fresh and not step.matched}
    return Links(places, conditions, created)


def refuse_twins(steps: Sequence[Step]) -> None:
    """Raise INVALID where one resource is written twice in a transaction (http.html#trules)."""
    seen: set[tuple[str, str]] = set()
    for step in steps:
        if step.id is None or not step.writes:
            continue
        if (step.type, step.id) in seen:
            place = f"{step.type}/{step.id}"
            raise refused(step.path, f"{place} is written twice in this transaction", f"{place} 在同一事务中被写入两次")
        seen.add((step.type, step.id))


def resolved(step: Step, found: str | None, ids: Ids) -> Step:
    """``step`` with the id that its condition came to, as for a single request (http.html#cond-update).

    Raises NOT_FOUND where a PATCH matches nothing, INVALID where a PUT carries another id than its match.
    """
    assert step.condition is not None
    if step.method == "PATCH" and found is None:
        raise at_entry(conditional.nothing_matches(step.condition), step.path)
    given = step.entry.own_id if step.method == "PUT" else None
    if found is not None:
        if given not in (None, found):
            raise at_entry(conditional.another_id(step.type, found, given), f"{step.path}.resource")
        return replace(step, id=found, matched=True, fresh=False)
    if step.method != "PUT":
        return step
    if given is None:
        return replace(step, id=ids.new(), fresh=True)
    check_id(given)
    return replace(step, id=given, must_be_new=True)


def _text(entry: Entry) -> bytes:
    if not entry.text or entry.text == b"null":
        raise XinglinError(Category.INVALID, "the resource is missing", "缺少资源", issue_code="required")
    return entry.text


def at_entry(error: XinglinError, path: str) -> XinglinError:
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


def refused(path: str, english: str, chinese: str, issue_code: str = "invalid") -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{path}: {english}", f"{path}：{chinese}", expression=path, issue_code=issue_code
    )
