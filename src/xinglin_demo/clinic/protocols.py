"""Which tests before the doctor the departments of the demo hospital have approved."""

from __future__ import annotations

from .. import identity
from ..hospital import clinics
from .corridor import Node

_APPROVED = {
    "respiratory": ("fever-3-days", "influenza-2-days", "cough-2-weeks"),
    "gastroenterology": ("diarrhoea-3-days", "indigestion-35"),
    "endocrinology": ("diabetes-review", "tired-2-weeks"),
    "urology": ("dysuria",),
    "orthopaedics": ("ankle-injury",),
    "otolaryngology": ("sore-throat-fever",),
}
_PLACES = {
    "cough-2-weeks": "门诊楼一层放射科",
    "ankle-injury": "门诊楼一层放射科",
    "indigestion-35": "门诊楼二层心电图室",
}
_LABORATORY = "门诊楼一层采血处"


async def approve_protocols(seed: int, node: Node) -> int:
    """Switch on what nobody has switched yet; how many that were. What somebody has switched off stays off."""
    told = await node.get("tests-ahead/protocols")
    known = {(one["id"], how["department"]): how for one in told["protocols"] for how in one["switches"]}
    made = 0
    for department in clinics():
        unit = identity.resource_id(seed, "Organization", department.code)
        for protocol in _APPROVED.get(department.key, ()):
            how = known.get((protocol, unit))
            if how is not None and how["version"] == 0:
                body = {"is_on": True, "place": _PLACES.get(protocol, _LABORATORY), "version": 0}
                await node.put(f"tests-ahead/protocols/{protocol}/departments/{unit}", body)
                made += 1
    return made
