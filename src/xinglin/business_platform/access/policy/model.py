"""The room's values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class PolicySettings(msgspec.Struct, frozen=True):
    """How long a broken glass stays open at most."""

    emergency_minutes: int = 60


class Care(msgspec.Struct, frozen=True):
    """``party`` (a reference to a Practitioner, an Organization or a Location) cares for ``patient`` until then, as the
    resource ``source`` says."""

    source: str
    patient: str
    party: str
    in_person: bool
    until: datetime


class Meaning(msgspec.Struct, frozen=True):
    """One provision of a Consent: about which types (None: all), marks (0: any), parties and purposes it decides what,
    and when. Of one source the deepest that applies counts."""

    source: str
    place: int
    depth: int
    patient: str
    decision: Literal["permit", "deny"]
    types: list[str] | None
    marks: int
    parties: list[str] | None
    purposes: list[str] | None
    since: datetime
    until: datetime


class Glass(msgspec.Struct, frozen=True):
    """An emergency access: who opened whose record, why, until when, and what came of the review."""

    id: str
    account: str
    account_name: str
    patient: str
    reason: str
    began_at: datetime
    until: datetime
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    verdict: str | None = None
    remark: str | None = None


class Version(msgspec.Struct, frozen=True):
    """A version of the law, by whom and why; the one that a node begins with was made by nobody there."""

    number: int
    text: str
    note: str
    author: str
    made_at: datetime | None
