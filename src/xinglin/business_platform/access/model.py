"""The room's values."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AccessSettings(msgspec.Struct, frozen=True):
    """How long links and sessions last."""

    link_minutes: int = 15
    session_hours: int = 24
    program_token_days: int = 365


class Session(msgspec.Struct, frozen=True):
    """Somebody who was let in. ``kind`` is user, device or program."""

    id: str
    name: str
    kind: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Issued(msgspec.Struct, frozen=True):
    """A new secret, told once: it cannot be read again."""

    secret: str
    expires_at: datetime
