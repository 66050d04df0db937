"""The virtual doctor: red flags first, then questions that tell most; how urgent it is, and where to go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Module

from . import ahead
from .ahead.reading import Resources
from .consultation import KEEP, PRECONSULTATION_COMPLETED, Keeper, router
from .inquiry import Case, Report, Score, read_cases
from .triage import advise, understand

__all__ = ["Case", "Keeper", "Report", "Score", "evaluate_files", "how_urgent", "module", "read_cases"]


def module(database: Database, resources: Resources, clock: Clock, ids: Ids, zone: str) -> Module:
    """The room: its routes, the subscription that writes the doctor's page of what a patient kept, and the one that
    brings released tests to the visit of whoever checks in."""
    keeper = Keeper(database, resources, clock, ids)
    releases = ahead.Releases(database, resources, clock, ids)
    api = router(keeper)
    switches = ahead.Switches(database, resources, clock, ZoneInfo(zone))
    api.routes.extend(ahead.router(releases, switches, KEEP).routes)
    return Module(
        name="virtual_doctor",
        api=api,
        subscriptions=(
            Subscription("virtual_doctor_page", ("event.virtual_doctor.preconsultation_completed.>",), keeper.handle),
            Subscription("virtual_doctor_arrivals", ("event.scheduling.encounter_arrived.>",), releases.handle),
        ),
        events=(
            PRECONSULTATION_COMPLETED,
            ahead.TESTS_PROPOSED,
            ahead.TESTS_RELEASED,
            ahead.TESTS_REFUSED,
            ahead.ORDER_PLACED,
        ),
        permissions=(KEEP, ahead.RELEASE, ahead.GOVERN),
    )


def how_urgent(words: str) -> tuple[int | None, str, str]:
    """The triage level of what somebody wrote (1 at once … 5, None where nothing was understood), and what to do, in
    English and Chinese."""
    advice = advise(understand(words))
    return None if advice.level is None else int(advice.level), advice.what_to_do.english, advice.what_to_do.chinese


def evaluate_files(train: Path, test: Path, max_questions: int, tell: Callable[[str], None]) -> Report:
    """Learns from one file of cases and interviews those of another; ``tell`` hears of the progress.

    INVALID or NOT_FOUND where a file cannot be used. Some seconds to two minutes of one core.
    """
    from .inquiry.evaluation import evaluate

    return evaluate(read_cases(train), read_cases(test), max_questions, tell)
