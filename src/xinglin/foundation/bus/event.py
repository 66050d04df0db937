"""The envelope that every event travels in (MODEL.md, "Order")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a room says happened; the outbox adds sequence, node and the time of recording.

    ``name`` is past tense with its resource (``appointment.booked``); ``key`` orders it: the patient's
    reference, or the aggregate's where there is none; ``body`` holds the resource or a reference to it.
    """

    id: str
    room: str
    name: str
    key: str
    occurred_at: datetime
    body: dict[str, Any]
    causation_id: str | None = None
    correlation_id: str | None = None
    schema_version: int = 1
    purpose: str = "treatment"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event as subscribers get it. ``sequence`` counts from 1 without gaps per ``key`` and ``node``."""

    id: str
    room: str
    name: str
    node: str
    key: str
    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    causation_id: str | None
    correlation_id: str | None
    schema_version: int
    purpose: str
    body: dict[str, Any]


def subject_of(room: str, name: str, node: str) -> str:
    """The bus subject: fixed tokens first, the node's path last (``event.store.resource_changed.cn.sh``)."""
    return f"event.{room}.{name.replace('.', '_')}.{node}"
