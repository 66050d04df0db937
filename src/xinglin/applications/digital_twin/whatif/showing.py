"""What-if as pages see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from .model import Answer, Estimate, Figures, Session, Tried


class SessionShown(BaseModel):
    """Wall times in the node's zone as minutes of the day."""

    doctor: str
    starts: float
    ends: float
    slot_minutes: float
    places: int


class PlanShown(BaseModel):
    """The plan of a clinic's day as it stands; ``sits_now``: doctors who sit now or within four hours."""

    service: str
    name: str
    name_en: str
    day: date
    weekday: int
    sessions: list[SessionShown]
    sits_now: int
    past_days: int
    visits: int


class EstimateShown(BaseModel):
    mean: float
    low: float
    high: float


class FiguresShown(BaseModel):
    """Minutes, people and yuan of a day, each a mean with the ends of its interval of 95 of 100."""

    wait: EstimateShown
    wait_p90: EstimateShown
    overtime: EstimateShown
    idle: EstimateShown
    unseen: EstimateShown
    cost: EstimateShown


class ArmShown(BaseModel):
    """``unstable``: more work comes than the doctors can do in their hours."""

    doctors: int
    rooms: int
    doctor_hours: float
    patients: float
    load: float
    unstable: bool
    unplaced: int
    figures: FiguresShown


class TriedShown(BaseModel):
    as_of: datetime
    live: bool
    usual: ArmShown
    changed: ArmShown
    difference: FiguresShown
    replications: int
    narrow: bool
    seconds: float
    visits: int
    past_days: int


def shown(answer: Answer, live: bool, at: datetime) -> TriedShown:
    """An answer for a page."""
    return TriedShown(
        as_of=at, live=live, usual=_arm(answer.usual), changed=_arm(answer.changed),
        difference=_figures(answer.difference), replications=answer.replications, narrow=answer.narrow,
        seconds=answer.seconds, visits=answer.visits, past_days=answer.past_days,
    )  # fmt: skip


def session_shown(one: Session) -> SessionShown:
    return SessionShown(doctor=one.doctor, starts=one.starts, ends=one.ends, slot_minutes=one.period, places=one.places)


def _arm(one: Tried) -> ArmShown:
    return ArmShown(
        doctors=one.doctors, rooms=one.rooms, doctor_hours=one.doctor_hours, patients=one.patients, load=one.load,
        unstable=one.load >= 1, unplaced=one.unplaced, figures=_figures(one.figures),
    )  # fmt: skip


def _figures(one: Figures) -> FiguresShown:
    def estimate(of: Estimate) -> Any:
        return EstimateShown(mean=of.mean, low=of.low, high=of.high)

    return FiguresShown(
        wait=estimate(one.wait), wait_p90=estimate(one.wait_p90), overtime=estimate(one.overtime),
        idle=estimate(one.idle), unseen=estimate(one.unseen), cost=estimate(one.cost),
    )  # fmt: skip


class Asked(BaseModel):
    """A change to try. Without ``weekday`` (1: Monday) it starts from the clinic as it is now; ``opens`` and ``closes``
    are minutes of the day."""

    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
    weekday: Annotated[int, Field(ge=1, le=7)] | None = None
    doctors: Annotated[int, Field(ge=1, le=60)] | None = None
    rooms: Annotated[int, Field(ge=1, le=60)] | None = None
    slot_minutes: Annotated[float, Field(ge=2, le=240)] | None = None
    slot_places: Annotated[int, Field(ge=1, le=100)] | None = None
    opens: Annotated[float, Field(ge=0, le=1440)] | None = None
    closes: Annotated[float, Field(ge=0, le=1800)] | None = None
    demand_percent: Annotated[float, Field(ge=10, le=400)] = 100.0
    walk_in_percent: Annotated[float, Field(ge=0, le=100)] | None = None
