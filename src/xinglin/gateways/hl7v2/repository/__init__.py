"""The inbox table: the only SQL of this room. ``inbox`` is the message path, ``archive`` what people ask."""

from .archive import Filter, counts, detail, requeue, search, supersede
from .inbox import (
    announce,
    finish,
    has_unannounced,
    lead,
    note_told_at,
    outcomes,
    record_new,
    record_rest,
    still_waiting,
    told_at,
    waiting,
    waiting_count,
)

__all__ = [
    "Filter",
    "announce",
    "counts",
    "detail",
    "finish",
    "has_unannounced",
    "lead",
    "note_told_at",
    "outcomes",
    "record_new",
    "record_rest",
    "requeue",
    "search",
    "still_waiting",
    "supersede",
    "told_at",
    "waiting",
    "waiting_count",
]
