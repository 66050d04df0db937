"""Health management: what a result means in words that a patient reads, and how they are after the visit."""

from __future__ import annotations

from xinglin.business_platform.messaging import Notices
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from . import follow_up, rating, timeline
from .routes import OWN, router
from .service import Results
from .settings import HealthManagementSettings

__all__ = ["HealthManagementSettings", "module"]


def module(
    database: Database,
    resources: follow_up.Resources,
    notices: Notices,
    clock: Clock,
    ids: Ids,
    zone: str,
    settings: HealthManagementSettings,
    how_urgent: follow_up.HowUrgent,
) -> Module:
    """The room. ``how_urgent`` tells the triage level of words, ``zone`` is the node's."""
    answering = follow_up.Answering(database, resources, clock, ids, how_urgent)
    followed = follow_up.Followed(database, resources, notices, clock, ids)
    sweep = follow_up.Sweep(database, resources, notices, clock, ids, zone, settings.answer_days)
    api = router(Results(database, resources))
    api.routes.extend(follow_up.own_router(answering, OWN).routes)
    api.routes.extend(follow_up.work_router(followed).routes)
    api.routes.extend(rating.router(rating.Ratings(database, resources, clock, ids), OWN).routes)
    api.routes.extend(timeline.router(timeline.Timelines(database, resources)).routes)
    return Module(
        name="health_management",
        api=api,
        jobs=(Job("follow_up_sweep", sweep.watch),),
        permissions=(OWN, follow_up.FOLLOW_UP, timeline.TIMELINE),
        events=(
            follow_up.FOLLOWUP_DUE,
            follow_up.FOLLOWUP_ANSWERED,
            follow_up.FOLLOWUP_UNANSWERED,
            follow_up.FOLLOWUP_CLOSED,
            rating.VISIT_RATED,
        ),
        settings=settings,
    )
