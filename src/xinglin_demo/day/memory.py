"""What the player remembers between runs, in one small file: where it is, and how time was mapped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from .timeline import Stretch, Timeline


class MemoryMismatchError(Exception):
    """The file tells of another hospital than the one asked for."""


@dataclass(slots=True)
class Memory:
    """``acknowledged`` is the number of happenings, counted from the first, that the node has all confirmed.

    ``reserved_until`` is a simulated moment: everything told so far lies before it, so a new stretch of the
    timeline may begin there without changing the bytes of any message that may already have been sent.
    """

    seed: int
    people: int
    series: str
    began_at: datetime
    timeline: Timeline
    acknowledged: int
    reserved_until: datetime


def recall(file: Path, seed: int, people: int) -> Memory | None:
    """What ``file`` remembers, or None at the first start.

    Raises ``MemoryMismatchError`` when it was another seed or number of people.
    """
    if not file.exists():
        return None
    found = orjson.loads(file.read_bytes())
    if (found["seed"], found["people"]) != (seed, people):
        raise MemoryMismatchError(
            f"{file} tells of seed {found['seed']} and {found['people']} people; use these or another --state"
        )
    stretches = tuple(
        Stretch(datetime.fromisoformat(simulated), datetime.fromisoformat(real), speed)
        for simulated, real, speed in found["stretches"]
    )
    return Memory(
        seed=seed,
        people=people,
        series=found["series"],
        began_at=datetime.fromisoformat(found["began_at"]),
        timeline=Timeline(stretches),
        acknowledged=found["acknowledged"],
        reserved_until=datetime.fromisoformat(found["reserved_until"]),
    )


def begin(seed: int, people: int, began_at: datetime, real_from: datetime, speed: float) -> Memory:
    """The memory of a telling that begins now."""
    timeline = Timeline((Stretch(began_at, real_from, speed),))
    series = f"{real_from:%y%m%d%H%M%S}"
    return Memory(seed, people, series, began_at, timeline, 0, began_at)


def keep(file: Path, memory: Memory) -> None:
    """Write ``file`` in one step, so that a kill leaves the old or the new one."""
    content = {
        "seed": memory.seed,
        "people": memory.people,
        "series": memory.series,
        "began_at": memory.began_at.isoformat(),
        "stretches": [
            [one.simulated_from.isoformat(), one.real_from.isoformat(), one.speed] for one in memory.timeline.stretches
        ],
        "acknowledged": memory.acknowledged,
        "reserved_until": memory.reserved_until.isoformat(),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".new")
    draft.write_bytes(orjson.dumps(content))
    draft.replace(file)
