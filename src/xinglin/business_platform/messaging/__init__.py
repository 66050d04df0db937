"""Messaging: the one door through which a hospital tells a patient something."""

from __future__ import annotations

from collections.abc import Sequence

from xinglin.foundation.bus import Passing, Subscription
from xinglin.foundation.database import Database
from xinglin.foundation.module import Module

from .bell import Bell
from .events import MESSAGE_ACKNOWLEDGED, MESSAGE_SENT
from .model import Notice, Value, Words
from .reading import Reading
from .routes import OWN, router
from .service import Notices

__all__ = ["Notice", "Notices", "Value", "Words", "module"]

_SUBJECTS = ("event.messaging.message_sent.>", "event.messaging.message_acknowledged.>")


def module(database: Database, notices: Notices, passing: Passing, told: Sequence[Subscription] = ()) -> Module:
    """The room. ``told`` are subscriptions by which the assembly has events of other rooms told to patients."""
    bell = Bell(passing)
    return Module(
        name="messaging",
        api=router(Reading(database, notices), bell),
        subscriptions=(Subscription("messaging_bell", _SUBJECTS, bell.handle), *told),
        events=(MESSAGE_SENT, MESSAGE_ACKNOWLEDGED),
        permissions=(OWN,),
    )
