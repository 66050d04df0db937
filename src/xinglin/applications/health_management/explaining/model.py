"""A result in plain words."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Position = Literal["in", "above", "below", "unjudged"]
Trend = Literal["up", "down", "same"]


class Explained(BaseModel):
    """The newest result of one test. ``position`` is against the laboratory's own range; ``beyond_percent`` is how far
    outside it, of the limit; ``trend`` is against ``before``, the last result in the same unit; ``zh`` and ``en`` are
    sentences, the same in both. ``is_known`` tells whether there is an explanation of this test."""

    reference: str
    at: str | None
    name_zh: str
    name_en: str
    value: str
    unit: str
    range: str
    position: Position
    is_critical: bool
    beyond_percent: int | None
    trend: Trend | None
    before: str | None
    is_known: bool
    zh: list[str]
    en: list[str]
