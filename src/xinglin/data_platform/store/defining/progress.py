"""How far the index is, as ``$reindex`` answers it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson

from ...fhir import instant
from ..answer import Answer
from . import repository
from .own_parameters import Defining
from .repository import Walk


async def progress(connection: Any) -> Answer:
    """A Parameters resource: ``finished``; each own search parameter with whether it finds all there is; each type
    that is being indexed, with how many resources that are and how many are done."""
    _, kept, since = await repository.load(connection)
    walks = await repository.walks(connection)
    parameters: list[dict[str, Any]] = [{"name": "finished", "valueBoolean": not walks}]
    for one in kept:
        definition = orjson.loads(one.definition)
        late = [type_ for type_ in definition["base"] if type_ in since and one.revision >= since[type_]]
        part = [
            {"name": "resource", "valueString": f"SearchParameter/{one.id}"},
            {"name": "code", "valueCode": definition["code"]},
            {"name": "finished", "valueBoolean": not late},
        ]
        parameters.append({"name": "searchParameter", "part": part})
    parameters += [{"name": "type", "part": _told(walk)} for walk in walks]
    return Answer(HTTPStatus.OK, orjson.dumps({"resourceType": "Parameters", "parameter": parameters}))


async def start(connection: Any, types: Sequence[str]) -> Answer:
    """Have the index of ``types`` made anew, and answer as ``progress``. Raises INVALID where none is named, or what is
    no type."""
    await Defining().ask(connection, types)
    return await progress(connection)


async def figures(connection: Any) -> dict[str, Any]:
    """For the health page: how many own parameters there are, and how many resources are left to index."""
    _, kept, _ = await repository.load(connection)
    walks = await repository.walks(connection)
    left = sum(max(0, (walk.expected or 0) - walk.done) for walk in walks)
    return {"own_search_parameters": len(kept), "types_to_index": len(walks), "resources_to_index": left}


def _told(walk: Walk) -> list[dict[str, Any]]:
    part: list[dict[str, Any]] = [
        {"name": "name", "valueCode": walk.type},
        {"name": "asked", "valueInstant": instant(walk.asked_at)},
        {"name": "done", "valueDecimal": walk.done},
    ]
    if walk.expected is not None:
        part.append({"name": "expected", "valueDecimal": walk.expected})
    return part
