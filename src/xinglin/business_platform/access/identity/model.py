"""Accounts and what belongs to them."""

from __future__ import annotations

from datetime import datetime

import msgspec

RELATIONS = frozenset({"self", "parent", "child", "spouse", "guardian", "carer"})
"""What somebody is to the patient whose record they see; ``self`` is their own."""


class Membership(msgspec.Struct, frozen=True, order=True):
    """A role, in the Organization whose id is ``unit`` or, where that is empty, in the whole institution."""

    role: str
    unit: str = ""


class Representation(msgspec.Struct, frozen=True):
    """An account that acts for the Patient of the id ``patient``, between two instants."""

    patient: str
    relation: str
    since: datetime
    until: datetime | None = None


class Account(msgspec.Struct, frozen=True):
    """Someone known to the node. ``kind`` is console, user or program; ``state`` is invited, active or suspended."""

    id: str
    kind: str
    name: str
    login: str | None
    phone: str | None
    practitioner: str | None
    state: str
    created_at: datetime
    memberships: tuple[Membership, ...] = ()
    representations: tuple[Representation, ...] = ()
    has_password: bool = False
    has_totp: bool = False
    passkeys: int = 0


class NewAccount(msgspec.Struct, frozen=True):
    """What an administrator says of somebody new."""

    name: str
    login: str | None = None
    phone: str | None = None
    practitioner: str | None = None
    memberships: tuple[Membership, ...] = ()
    patient: str | None = None


class Passkey(msgspec.Struct, frozen=True):
    """A WebAuthn credential. ``synced`` ones are copied between their owner's devices by the maker of these."""

    id: bytes
    account: str
    name: str
    public_key: bytes
    sign_count: int
    synced: bool
    created_at: datetime
    used_at: datetime | None = None


class Totp(msgspec.Struct, frozen=True):
    """A second factor by time (RFC 6238); ``last_step`` is the number of the 30 seconds whose code was used."""

    sealed: bytes
    confirmed: bool
    last_step: int
