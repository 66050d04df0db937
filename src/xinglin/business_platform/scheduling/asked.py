"""What people send to scheduling."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from .template import Id

Reason = Annotated[str, Field(max_length=200)]


class BookingAsked(BaseModel):
    """``slot``, or the first free place of ``day`` (with ``practitioner``, where named)."""

    patient: Id
    service: Id
    slot: Id | None = None
    day: date | None = None
    practitioner: Id | None = None

    @model_validator(mode="after")
    def _fits(self) -> BookingAsked:
        if (self.slot is None) == (self.day is None):
            raise ValueError("give either slot or day slot 与 day 须二选一")
        return self


class CancelAsked(BaseModel):
    reason: Reason = ""


class RescheduleAsked(BaseModel):
    slot: Id


class WaitAsked(BaseModel):
    patient: Id
    service: Id
    from_day: date
    to_day: date
    practitioner: Id | None = None
