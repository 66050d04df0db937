"""Measures over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from xinglin.foundation.http import needs

from .model import Spread, VisitsMeasured
from .service import VisitMeasures

READ = "management.read"

_First = Annotated[date, Query(alias="from", description="The first day, in the node's zone")]
_Last = Annotated[date, Query(alias="until", description="The last day")]
_Service = Annotated[str | None, Query(max_length=64, description="A HealthcareService's id; all where it is absent")]
_COUNTS = (
    "arrived",
    "called",
    "finished",
    "left",
    "tested",
    "returned",
    "appointments",
    "cancelled",
    "missed",
    "rated",
)
_SPREADS = ("wait", "wait_from_appointment", "length")


def router(measures: VisitMeasures) -> APIRouter:
    """The operations under ``/api/management``."""
    api = APIRouter(prefix="/api/management", tags=["management"])

    @api.get("/visits", openapi_extra=needs(READ))
    async def read_visits(first: _First, last: _Last, service: _Service = None) -> VisitsMeasured:
        """Waits, lengths, returns and cancellations by department, day and hour."""
        return await measures.read(first, last, service)

    @api.get("/visits.csv", openapi_extra=needs(READ), response_class=Response)
    async def export_visits(first: _First, last: _Last, service: _Service = None) -> Response:
        """The same rows as a table (text/csv, UTF-8 with byte order mark, minutes)."""
        found = await measures.read(first, last, service)
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(_lines(found))
        name = f'attachment; filename="visits-{first}-{last}.csv"'
        body = text.getvalue().encode("utf-8-sig")  # without the mark a spreadsheet shows Chinese as noise
        return Response(body, media_type="text/csv", headers={"content-disposition": name})

    return api


def _lines(found: VisitsMeasured) -> Iterator[list[object]]:
    names = {one.service: (one.name, one.name_en) for one in found.services}
    parts = [f"{spread}_{part}_minutes" for spread in _SPREADS for part in Spread.model_fields]
    yield ["service", "name", "name_en", "day", "hour", *_COUNTS, "faces_mean", *parts]
    for row in found.rows:
        name, name_en = names.get(row.service or "", ("", ""))
        spreads = [getattr(row, spread) for spread in _SPREADS]
        minutes = [getattr(one, part) if one else "" for one in spreads for part in Spread.model_fields]
        counts = [getattr(row, count) for count in _COUNTS]
        faces = "" if row.faces_mean is None else row.faces_mean
        place = [row.service or "", _plain(name), _plain(name_en), row.day or "", _hour(row.hour)]
        yield [*place, *counts, faces, *minutes]


def _hour(hour: int | None) -> str:
    return "" if hour is None else f"{hour:02d}:00"


def _plain(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
