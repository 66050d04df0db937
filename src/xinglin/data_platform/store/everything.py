"""``$everything`` of a patient and of an encounter (hl7.org/fhir/R4/patient-operation-everything.html,
encounter-operation-everything.html): the compartment, and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

from .. import search
from ..fhir import compartments, instant, resource_types
from . import repository
from .answer import Answer, BundleText
from .compartment import Care, Listing, entry_of, links_of, listing_of, page_of, within
from .known import version_named
from .searching import Found
from .shortening import WHOLE

FOCUSES = ("Patient", "Encounter")
_MAX_REFERRED = 1000
_FIRST, _LAST = "0001-01-02", "9999-12-30"
_REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^"]*)?"')
_UPDATED = re.compile(rb'"lastUpdated":"([^"]+)"')
_DATES_OF_CARE = (
    "date",
    "onset-date",
    "recorded-date",
    "authoredon",
    "authored",
    "authored-on",
    "effective",
    "effective-time",
    "whenhandedover",
    "occurrence",
    "created",
    "started",
    "period",
    "sent",
    "collected",
    "recorded",
    "start-date",
)
"""The parameter that says when care took place: the first of these that a type has."""


async def everything(connection: Any, type_: str, id_: str, parameters: Sequence[tuple[str, str]], base: str) -> Answer:
    """A page of the record: the focus first, then its compartment in the order of arrival; with each page what
    its resources refer to, marked ``include``, which may come again on another.

    Without ``_count`` a page holds 1,000. ``start`` and ``end`` are dates of care: what has no such date is
    told always. Of a patient's record nothing that may be another patient's is drawn in by a reference.
    Raises NOT_FOUND or GONE for a focus that is not there, INVALID for unknown parameters.
    """
    inside = within(type_, id_, base)
    listing = listing_of(parameters, ("start", "end") if type_ == "Patient" else ())
    focus = await version_named(connection, type_, id_, None)
    own = Found(type_, id_, focus.content or b"")
    types = [one for one in (listing.types or compartments()[type_]) if one in compartments()[type_]]
    found, more = await page_of(connection, inside, types, listing, _care(types, dict(parameters)))
    told = listing.first and _asked(listing, type_) and (listing.since is None or focus.updated >= listing.since)
    if told:
        found.insert(0, own)
    referred = await _referred(connection, [own, *found], type_, listing)
    entries = [entry_of(one, base, "match", WHOLE) for one in found]
    entries += [entry_of(one, base, "include", WHOLE) for one in referred]
    total = len(found) if listing.first and not more else None
    links = links_of(f"{base}/{type_}/{id_}/$everything", listing, more)
    return Answer(HTTPStatus.OK, BundleText("searchset", entries, total, links).text(), shown=[*found, *referred])


async def _referred(connection: Any, found: Sequence[Found], focus: str, listing: Listing) -> list[Found]:
    there = {(one.type.encode(), one.id.encode()) for one in found}
    asked = dict.fromkeys(reference for one in found for reference in _REFERENCE.findall(one.content))
    wanted = [
        (type_.decode(), id_.decode())
        for type_, id_ in asked
        if (type_, id_) not in there and type_.decode() in _drawn_in(focus) and _asked(listing, type_.decode())
    ]
    if not wanted:
        return []
    rows = await repository.contents(connection, wanted[:_MAX_REFERRED])
    since = instant(listing.since) if listing.since else ""
    return [Found(*row) for row in rows if _updated(row[2]) >= since]


def _asked(listing: Listing, type_: str) -> bool:
    return not listing.types or type_ in listing.types


@cache
def _drawn_in(focus: str) -> frozenset[str]:
    """The types that come into a record by a reference; for a patient none that has a patient of its own."""
    if focus != "Patient":
        return resource_types()
    return resource_types() - compartments()["Patient"].keys() - {"Patient"}


def _updated(content: bytes) -> str:
    """The ``lastUpdated`` that the store put at the beginning of the text."""
    match = _UPDATED.search(content)
    return match[1].decode() if match else ""


def _care(types: Sequence[str], asked: dict[str, str]) -> Care | None:
    if "start" not in asked and "end" not in asked:
        return None
    low, _ = _range("start", asked.get("start", _FIRST))
    _, high = _range("end", asked.get("end", _LAST))
    return [path for type_ in types for path in _paths_of_care(type_)], low, high


@cache
def _paths_of_care(type_: str) -> tuple[int, ...]:
    known = search.standard_parameters(type_)
    for code in _DATES_OF_CARE:
        if code in known and known[code].type == "date":
            return tuple(path.number for path in known[code].paths)
    return ()


def _range(name: str, text: str) -> tuple[datetime, datetime]:
    try:
        return search.date_span(text.replace(" ", "+"))
    except ValueError as error:
        raise search.unfit(name, "a date is expected", "应为日期", "value") from error
