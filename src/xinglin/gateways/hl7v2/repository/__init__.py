"""The inbox table: the only SQL of this room. ``inbox`` is the message path, ``archive`` what people ask."""

from .archive import Filter, counts, detail, requeue, search, supersede
from .inbox import (
    finish,
    lead,
    note_told_at,
    outcomes,
    record,
    still_waiting,
    told_at,
    waiting,
    waiting_count,
)

__all__ = [
    "Filter",
    "counts",
    "detail",
    "finish",
    "lead",
    "note_told_at",
    "outcomes",
    "record",
    "requeue",
    "search",
    "still_waiting",
    "supersede",
    "told_at",
    "waiting",
    "waiting_count",
]
