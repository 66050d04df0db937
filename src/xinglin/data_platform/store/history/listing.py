"""What a List holds, as ``_list`` of a history asks (hl7.org/fhir/R4/http.html#history)."""

from __future__ import annotations

import re
from typing import Any

from ... import search
from ...fhir import is_id, parse
from ..known import version_named
from .repository import Listed

_PLACE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([0-9]{1,9}))?")


async def listed_in(connection: Any, list_: str, base: str) -> Listed:
    """The resources of this server that the entries of the List refer to; one version where the reference names it.

    Raises NOT_FOUND or GONE for the List, INVALID for what is no id of one.
    """
    id_ = list_.removeprefix("List/")
    if not is_id(id_):
        raise search.unfit("_list", "the id of a List is expected", "应为 List 的 id", "value")
    found = parse((await version_named(connection, "List", id_, None)).content or b"")
    places = []
    for entry in found.get("entry", ()):
        match = _PLACE.fullmatch(str(entry["item"].get("reference", "")).removeprefix(f"{base}/"))
        if match and not entry.get("deleted"):
            places.append((match[1], match[2], int(match[3]) if match[3] else None))
    return places
