"""What was learnt from a log, as a JSON file that cases can be simulated from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from xinglin.foundation.errors import Category, XinglinError

from .arrival import Arrivals, draw_arrivals, learn_arrivals
from .choosing import case_starts, choose_arrivals, choose_weaving
from .eventlog import EventLog
from .generating import Learnt, as_log, generate, local
from .summary import ActivitySummary, ResourceSummary, summarise
from .weaving import LONGEST_HISTORY, Steps, WeaveChoice, gather, learn_steps
from .weekclock import CELLS

FORMAT = "xinglin-twin-model"
MOST_CASES = 10_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a process. It holds how long single steps took: guard it as the log it was learnt from.

    The lists ``step_*`` are ``Steps``; ``waits`` and ``lengths`` the working clocks (accumulated seconds by half-hour
    of the week). ``last_start`` and ``last_end`` are the latest of the log in local seconds. ``activity_summary`` and
    ``resource_summary`` are for people.
    """

    format: Literal["xinglin-twin-model"]
    version: Literal[1]
    cases: int
    events: int
    has_starts: bool
    offset_seconds: int
    last_start: float
    last_end: float
    activities: list[str]
    resources: list[str]
    arrivals: Arrivals
    weaving: WeaveChoice
    waits: list[float]
    lengths: list[float]
    step_activity: list[int]
    step_resource: list[int]
    step_moment: list[float]
    step_gap: list[float]
    step_overlap: list[int]
    step_length: list[float]
    activity_summary: dict[str, ActivitySummary]
    resource_summary: dict[str, ResourceSummary]


def discover(log: EventLog) -> Model:
    """Learns a model from a log; every setting is chosen by temporal cross-validation inside it."""
    here = local(log)
    arrivals = learn_arrivals(case_starts(here), choose_arrivals(here))
    weaving = choose_weaving(here)
    steps, waits, lengths = learn_steps(here, weaving)
    activities, resources = summarise(here)
    return Model(
        format="xinglin-twin-model", version=1, cases=len(log.cases), events=len(log.case), has_starts=log.has_starts,
        offset_seconds=log.offset_seconds, last_start=float(case_starts(here)[-1]), last_end=float(here.end.max()),
        activities=log.activities, resources=log.resources, arrivals=arrivals, weaving=weaving,
        waits=waits.tolist(), lengths=lengths.tolist(),
        step_activity=steps.activity.tolist(), step_resource=steps.resource.tolist(),
        step_moment=_rounded(steps.moment), step_gap=_rounded(steps.gap), step_overlap=steps.overlap.tolist(),
        step_length=_rounded(steps.length), activity_summary=activities, resource_summary=resources,
    )  # fmt: skip


def _rounded(values: Any) -> list[float]:
    return [float(x) for x in np.round(values, 3)]


def simulate_model(model: Model, cases: int, seed: int, start_seconds: float | None = None) -> EventLog:
    """Simulates ``cases`` cases that come after the log's last one, or after ``start_seconds`` (UTC)."""
    if not 1 <= cases <= MOST_CASES:
        raise XinglinError(
            Category.INVALID,
            f"cases: must be 1 to {MOST_CASES}",
            f"cases：须在 1 到 {MOST_CASES} 之间",
            expression="cases",
        )
    begin = model.last_start if start_seconds is None else start_seconds + model.offset_seconds - 1e-3
    starts = draw_arrivals(model.arrivals, cases, begin, np.random.default_rng(seed))
    steps = Steps(
        np.array(model.step_activity, np.int64), np.array(model.step_resource, np.int64), np.array(model.step_moment),
        np.array(model.step_gap), np.array(model.step_overlap, np.int64), np.array(model.step_length),
    )  # fmt: skip
    threads = gather(steps.activity, model.weaving.history)
    waits, lengths = np.array(model.waits), np.array(model.lengths)
    learnt = Learnt(steps, threads, waits, lengths, model.weaving, model.last_end)
    out, times = generate(learnt, starts, seed)
    like = EventLog([], model.activities, model.resources, None, None, None, None, None, model.has_starts)
    return as_log(out, times, like, model.offset_seconds)


def write_model(model: Model, file: Path) -> None:
    """Writes a model as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=0))


def read_model(file: Path) -> Model:
    """Reads a model; NOT_FOUND or INVALID, saying what is amiss, where it cannot be used."""
    if not file.is_file():
        raise XinglinError(Category.NOT_FOUND, f"{file}: no such file", f"{file}：文件不存在")
    try:
        model = msgspec.json.decode(file.read_bytes(), type=Model)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refuse(file, str(error), "不是可用的模型文件") from error
    amiss = _amiss(model)
    if amiss:
        raise _refuse(file, amiss, "模型文件内容前后不一致")
    return model


def _refuse(file: Path, english: str, chinese: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"{file.name}: not a model that can be simulated: {english}",
        f"{file.name}：{chinese}（{english}）",
    )


def _amiss(model: Model) -> str:
    """What does not fit together in a model, or nothing."""
    columns = (
        *(model.step_activity, model.step_resource, model.step_moment),
        *(model.step_gap, model.step_overlap, model.step_length),
    )
    count = len(model.step_activity)
    if count < 2 or any(len(column) != count for column in columns):
        return "the columns of its steps differ in length"
    if model.step_activity[-1] != -1 or model.step_activity[0] == -1:
        return "its steps do not begin with a step and end with the end of a case"
    activities, resources = np.array(model.step_activity), np.array(model.step_resource)
    if not -1 <= activities.min() <= activities.max() < len(model.activities):
        return "a step has an activity that it does not list"
    if not -1 <= resources.min() <= resources.max() < len(model.resources):
        return "a step has a resource that it does not list"
    if not 1 <= model.weaving.history <= LONGEST_HISTORY or not 1 <= model.weaving.rivals <= 100:
        return "its settings are out of range"
    clocks_well = all(
        len(c) == CELLS + 1 and c[0] == 0 and c[-1] > 0 and bool((np.diff(c) >= 0).all())
        for c in (model.waits, model.lengths)
    )
    if not clocks_well or len(model.arrivals.speed) != CELLS or not sum(model.arrivals.speed) > 0:
        return "a working clock does not cover a week"
    if (
        not model.weaving.recency > 0
        or not model.arrivals.gaps
        or min(model.arrivals.gaps) < 0
        or not sum(model.arrivals.gaps)
    ):
        return "its arrivals or settings are out of range"
    if model.arrivals.choice.manner == "days" and (
        not any(model.arrivals.days) or len(model.arrivals.days) != len(model.arrivals.weekdays)
    ):
        return "its arrivals have no days"
    if min(model.arrivals.speed) < 0 or min(model.step_gap) < -WEEK_OF_SECONDS or not math.isfinite(model.last_start):
        return "a time is out of range"
    return ""


WEEK_OF_SECONDS = 7 * 86400.0
