"""What is told to patients, and what their page shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
MOST_READ_AT_ONCE = 200


class Words(NamedTuple):
    """The name of something, of 80 characters at most; an empty English one is the Chinese."""

    zh: str
    en: str


Value = Words | date | datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a patient is told once: a ``kind`` of ``kinds.KINDS`` with its ``values``, never free words. What
    has the same ``key`` is told once only. ``about`` are references, the first of which its page is about."""

    key: str
    kind: str
    patient: str
    values: Mapping[str, Value] = field(default_factory=dict)
    about: tuple[str, ...] = ()


class NoticeShown(BaseModel):
    """``page`` is where the patient goes on from it; ``read_at`` is null while nobody has read it."""

    id: str
    kind: str
    patient: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    page: str
    sent_at: datetime
    read_at: datetime | None


class NoticesShown(BaseModel):
    """A page of notices, the newest first; ``next`` asks for the page after."""

    unread: int
    notices: list[NoticeShown]
    next: str | None


class Unread(BaseModel):
    """How many were not read, at most 100."""

    unread: int


class ReadAsked(BaseModel):
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_READ_AT_ONCE)]
