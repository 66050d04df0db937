"""The online visit: asked for from home, by text, photo and video, in the department's own queue."""

from __future__ import annotations

from .calling import Calls
from .closing import Closing
from .delivery import delivery_of
from .delivery import read as delivery_read
from .events import ONLINE_MESSAGE_SENT, ONLINE_VISIT_ASKED, ONLINE_VISIT_CLOSED
from .messaging import Messages
from .routes import ASK, ONLINE, router
from .service import Online, OnlineVisits

__all__ = [
    "ASK",
    "ONLINE",
    "ONLINE_MESSAGE_SENT",
    "ONLINE_VISIT_ASKED",
    "ONLINE_VISIT_CLOSED",
    "Calls",
    "Closing",
    "Messages",
    "Online",
    "OnlineVisits",
    "delivery_of",
    "delivery_read",
    "router",
]
