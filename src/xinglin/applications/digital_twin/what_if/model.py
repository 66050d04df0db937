"""What is asked, and what the two futures of a clinic come to. Times are minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from ..foresight import House, Quantiles


@dataclass(frozen=True, slots=True)
class Change:
    """``doctors`` more (or fewer) from now on, everybody's hours ``minutes`` longer (or shorter), and newcomers at
    ``demand_percent`` of what is expected; who has an appointment keeps it."""

    doctors: int = 0
    minutes: float = 0.0
    demand_percent: float = 100.0


@dataclass(frozen=True, slots=True)
class Question:
    """``house``: its one clinic is asked about; wards may be absent."""

    house: House
    change: Change


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of all plays; 80 of 100 plays lie from ``low`` to ``high``."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Future:
    """``wait``: the mean of a play over everybody owed a call within four hours; ``overtime`` and ``idle`` of all
    doctors together. ``length`` and ``comers`` as foreseen; ``load`` is work over time: 1 and more grows."""

    doctors: int
    wait: Figure
    overtime: Figure
    idle: Figure
    people: Figure
    doctor_minutes: float
    load: float
    length: tuple[Quantiles, ...]
    comers: tuple[Quantiles | None, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more by the change, on average; the mean's interval of 95 of 100 lies from ``low`` to ``high``."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """``refused``: why the change cannot be played (``nobody_left``, ``nobody_sits``); nothing else is told then.
    ``moved``: appointments after everybody's changed hours, which would have to be moved."""

    refused: str | None = None
    as_is: Future | None = None
    changed: Future | None = None
    wait: Difference | None = None
    overtime: Difference | None = None
    idle: Difference | None = None
    people: Difference | None = None
    moved: int = 0
    visits: int = 0
    replications: int = 0


class ChangeAsked(BaseModel):
    """A change of a clinic from now on."""

    model_config = ConfigDict(extra="forbid")

    doctors: int = Field(0, ge=-20, le=20, description="more, or fewer, than sit now and in the next four hours")
    minutes: int = Field(0, ge=-240, le=240, description="by how much everybody sits longer, or shorter")
    demand_percent: int = Field(100, ge=10, le=400, description="newcomers, of what is expected")


class FigureShown(BaseModel):
    mean: float
    low: float
    high: float


class FutureShown(BaseModel):
    """As ``Future``; bands have a row each ``step_minutes`` from ``at``, of the quantiles ``probabilities``."""

    doctors: int
    wait: FigureShown
    overtime: FigureShown
    idle: FigureShown
    people: FigureShown
    doctor_minutes: float
    load: float
    length: list[list[float]]
    comers: list[list[float] | None]


class ComparisonShown(BaseModel):
    """Both futures of the next four hours, and by how much the change differs (``wait``, ``overtime``, ``idle`` and
    ``people``, with the 95 % interval of the mean). ``moved``: appointments that fall outside the changed hours.
    ``guess``: too few visits were seen to rely on it."""

    service: str
    at: datetime
    change: ChangeAsked
    as_is: FutureShown
    changed: FutureShown
    wait: FigureShown
    overtime: FigureShown
    idle: FigureShown
    people: FigureShown
    moved: int
    replications: int
    step_minutes: float
    probabilities: list[float]
    visits: int
    guess: bool
