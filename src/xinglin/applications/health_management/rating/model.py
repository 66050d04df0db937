"""What a patient says of a visit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
Faces = Literal[1, 2, 3, 4, 5]


class Rating(BaseModel):
    """``faces``: 1 very dissatisfied … 5 very satisfied."""

    model_config = ConfigDict(extra="forbid")

    faces: Faces
    words: Annotated[str, Field(max_length=500)] = ""


class RatingShown(BaseModel):
    """``faces`` is null where nobody has rated the visit; ``can_rate`` tells whether it has ended."""

    encounter: str
    patient: str
    department: str
    department_en: str
    ended_at: datetime | None
    can_rate: bool
    faces: Faces | None
