"""What the shared timeline shows."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

Kind = Literal["visit", "result", "prescription", "bill", "follow_up", "message"]


class TimelineEntry(BaseModel):
    """Something that happened; ``state`` is the resource's status, ``by`` who or where, where the resource says so."""

    reference: str
    kind: Kind
    at: datetime
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    state: str
    by: str


class TimelineShown(BaseModel):
    """A page, the newest first. ``next`` asks for what was before, null where there is no more."""

    patient: str
    entries: list[TimelineEntry]
    next: datetime | None
