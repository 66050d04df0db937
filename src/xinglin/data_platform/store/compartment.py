"""Compartments in URLs: ``Patient/1/Observation`` and ``Patient/1/*`` (hl7.org/fhir/R4/http.html#vsearch,
compartmentdefinition.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson

from xinglin.foundation.errors import Category, XinglinError

from .. import search
from ..fhir import compartments, known_type
from . import repository
from .answer import Answer, BundleText, url_of
from .history import moment_of
from .known import known
from .searching import Found
from .shortening import Part, part_of

MAX_COUNT = 1000
Parameters = Sequence[tuple[str, str]]
Care = tuple[Sequence[int], datetime, datetime]


def within(focus: str, id_: str, base: str, types: Iterable[str] | None = None) -> search.Within:
    """The compartment of ``focus/id_``, as far as ``types`` go; ``base`` is the FHIR URL. Raises NOT_FOUND for a
    ``focus`` that has none, or where none of ``types`` can ever be in it."""
    known(focus, id_)
    table = compartments().get(focus)
    if table is None:
        raise _nothing(f"there is no compartment of a {focus}", f"{focus} 没有对应的 compartment")
    asked = table if types is None else [type_ for type_ in types if type_ in table or type_ == focus]
    if not asked:
        names = ", ".join(types or ())[:200]
        raise _nothing(f"{names} is never in the compartment of a {focus}", f"{names} 不属于 {focus} 的 compartment")
    return search.within(focus, id_, asked, base)


@dataclass(slots=True)
class Listing:
    """What is asked of a listing across types, and which of the parameters the self link repeats."""

    count: int = MAX_COUNT
    types: tuple[str, ...] = ()
    since: datetime | None = None
    after: int = -1
    first: bool = True
    understood: list[tuple[str, str]] = field(default_factory=list)


async def everything_in(connection: Any, focus: str, id_: str, parameters: Parameters, base: str) -> Answer:
    """A page of all that is in a compartment, the focus itself aside. Takes ``_type``, ``_since``, ``_count``,
    ``_summary`` and ``_elements``; raises INVALID for others."""
    inside = within(focus, id_, base)
    listing = listing_of(parameters, ("_summary", "_elements"))
    part = part_of(parameters)
    types = listing.types or tuple(compartments()[focus])
    found, more = await page_of(connection, inside, types, listing, None)
    links = links_of(f"{base}/{focus}/{id_}/*", listing, more)
    entries = [entry_of(one, base, "match", part) for one in found]
    total = len(found) if listing.first and not more else None
    return Answer(HTTPStatus.OK, BundleText("searchset", entries, total, links).text(), shown=found)


async def page_of(
    connection: Any, inside: search.Within, types: Sequence[str], listing: Listing, care: Care | None
) -> tuple[list[Found], str | None]:
    """A page of what is ``inside``, and the cursor of the page after it, None for the last."""
    rows = await repository.in_compartment(
        connection, inside, types, listing.since, care, listing.after, listing.count + 1
    )
    page = rows[: listing.count]
    more = search.cursor_of([page[-1][0]]) if len(rows) > listing.count else None
    return [Found(type_, one, content) for _, type_, one, content in page], more


def listing_of(parameters: Parameters, further: Sequence[str]) -> Listing:
    """The listing that ``parameters`` ask for; of ``further`` only the names are checked. Raises INVALID."""
    listing = Listing()
    types: list[str] = []
    for name, value in parameters:
        if name == "_count":
            listing.count = _count(value)
        elif name == "_type":
            types += [_type(one.strip()) for one in value.split(",") if one.strip()]
        elif name == "_since":
            listing.since = moment_of(name, value)
        elif name == search.CURSOR:
            listing.first, listing.after = False, _after(value)
        elif name in ("_format", "_pretty"):
            continue
        elif name not in further:
            raise search.unfit(name, "this parameter is not known here", "此处不支持该参数", "not-supported")
        if name != search.CURSOR:
            listing.understood.append((name, value))
    listing.types = tuple(dict.fromkeys(types))
    return listing


def links_of(place: str, listing: Listing, more: str | None) -> list[tuple[str, str]]:
    links = [("self", url_of(place, listing.understood))]
    if more:
        links.append(("next", url_of(place, [*listing.understood, (search.CURSOR, more)])))
    return links


def entry_of(found: Found, base: str, mode: str, part: Part) -> bytes:
    url = orjson.dumps(f"{base}/{found.type}/{found.id}")
    content = part.of(found.type, found.content, mode == "include")
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (url, content, mode.encode())


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        raise search.unfit("_count", "a number above 0 is expected", "应为正整数", "value")
    return min(int(text[:9]), MAX_COUNT)


def _type(text: str) -> str:
    if not known_type(text):
        raise search.unfit(
            "_type", f"'{text[:64]}' is not an R4 resource type", f"“{text[:64]}”不是 R4 资源类型", "value"
        )
    return text


def _after(cursor: str) -> int:
    after = search.read("Patient", [(search.CURSOR, cursor)]).after
    if after is None or len(after) != 1 or not -1 <= after[0] < 2**63:
        raise search.unfit(search.CURSOR, "this page link is not one of ours", "分页链接无效", "value")
    return int(after[0])


def _nothing(english: str, chinese: str) -> XinglinError:
    return XinglinError(Category.NOT_FOUND, english, chinese, issue_code="not-supported")
