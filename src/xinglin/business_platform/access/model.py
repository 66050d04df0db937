"""The room's values."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AccessSettings(msgspec.Struct, frozen=True):
    """How long what is given out lasts, and where the node is reached.

    ``public_url`` is the address that others know the node by; empty is the one it listens on. ``phone_codes`` says who
    delivers the codes for patients: ``none`` refuses sign-in by phone, ``log`` writes them to the node's own log, for
    demonstrations only.
    """

    link_minutes: int = 15
    session_hours: int = 24
    program_token_days: int = 365
    invitation_hours: int = 72
    step_up_minutes: int = 15
    access_token_minutes: int = 15
    refresh_token_days: int = 90
    signing_key_days: int = 90
    public_url: str = ""
    phone_codes: str = "none"


class Session(msgspec.Struct, frozen=True):
    """Somebody who was let in. ``kind`` is user, device, program, app (an OAuth client in somebody's name) or guest;
    ``agent`` is the browser that it was opened with, ``client`` the OAuth client."""

    id: str
    name: str
    kind: str
    account: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    methods: tuple[str, ...] = ()
    agent: str = ""
    client: str | None = None


class Opening(msgspec.Struct, frozen=True):
    """What a new session rests on. ``methods`` are those of RFC 8176 by which its account proved itself; ``scopes``,
    ``patient`` and ``path`` with ``http_methods`` narrow what it may, ``parent`` is the session that it ends with."""

    account: str
    name: str
    kind: str
    methods: tuple[str, ...] = ()
    agent: str = ""
    client: str | None = None
    parent: str | None = None
    scopes: tuple[str, ...] | None = None
    patient: str | None = None
    path: str | None = None
    http_methods: tuple[str, ...] | None = None


class Issued(msgspec.Struct, frozen=True):
    """A new secret, told once: it cannot be read again."""

    secret: str
    expires_at: datetime
